"""The columns that hold vault envelopes, and how each is sealed and opened."""

from dataclasses import dataclass

from sqlalchemy.orm import InstrumentedAttribute

from bot.store.models import AgnoxServer, Installation, Integration, LlmAccess, Project, TestCycle
from bot.store.vault import Vault

SealedRow = Integration | Installation | TestCycle | LlmAccess | Project | AgnoxServer


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of envelopes, each bound to its organization, provider and field.

    Where an organization can have several rows of one provider, `within` names the column that tells them apart;
    it is made part of the field, so that no two rows share a place.
    """

    model: type[SealedRow]
    column: InstrumentedAttribute[bytes | None]
    within: str = ""

    @property
    def name(self) -> str:
        return f"{self.model.__tablename__}.{self.column.key}"

    def seal(self, vault: Vault, row: SealedRow, text: str) -> None:
        """Encrypts a secret into its row, whose other columns must be set."""
        envelope = vault.seal(text, **self._place(row))
        setattr(row, self.column.key, envelope)

    def open(self, vault: Vault, row: SealedRow) -> str | None:
        """Decrypts the row's secret; None when it has none. Raises VaultError."""
        envelope: bytes | None = getattr(row, self.column.key)
        if envelope is None:
            return None
        return vault.open(envelope, **self._place(row))

    def _place(self, row: SealedRow) -> dict[str, str]:
        field = self.column.key + (f"/{getattr(row, self.within)}" if self.within else "")
        provider = "" if isinstance(row, TestCycle | Project) else row.provider
        return {"organization_id": row.organization_id, "provider": provider, "field": field}


INTEGRATION_TOKEN = SealedColumn(Integration, Integration.token)
HOOK_SECRET = SealedColumn(Installation, Installation.hook_secret, within="external_id")
SUITE_VARIABLES = SealedColumn(TestCycle, TestCycle.variables, within="id")
LLM_KEY = SealedColumn(LlmAccess, LlmAccess.key, within="base_url")
RERUN_SECRET = SealedColumn(Project, Project.rerun_secret, within="id")
AGNOX_KEY = SealedColumn(AgnoxServer, AgnoxServer.key, within="base_url")
AGNOX_SECRET = SealedColumn(AgnoxServer, AgnoxServer.hook_secret, within="hook_key")
SEALED_COLUMNS = (INTEGRATION_TOKEN, HOOK_SECRET, SUITE_VARIABLES, LLM_KEY, RERUN_SECRET, AGNOX_KEY, AGNOX_SECRET)
