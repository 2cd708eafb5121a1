"""Verdicts follow the host's own CI: where it begins anew on a head, they have to stand beside it."""

from bot.store.hosting import find_installation, find_pull_request, find_repository
from bot.store.publications import doubt_places
from bot.usecases.publishing import request_report
from bot.usecases.router import Router
from bot.usecases.services import Services
from providers.events import PipelineStarted

router = Router()


@router.on(PipelineStarted)
async def follow_pipeline(services: Services, provider: str, event: PipelineStarted) -> str:
    """Has what was said of a head said again, at the place where the host looks for it now."""
    where = f"{event.repository.path}#{event.number}"
    async with services.database.write() as session:
        installation = await find_installation(session, provider, event.installation)
        if installation is None or not installation.active:
            return f"{where} comes from no active installation"
        repository = await find_repository(
            session,
            installation.organization_id,
            provider,
            event.repository.path,
            external_id=event.repository.id,
        )
        pull = await find_pull_request(session, repository.id, number=event.number) if repository else None
        if pull is None:
            return f"{where} is not known to us"
        if not await doubt_places(session, pull.id, pull.head_sha):
            return f"{where} has no verdict of ours yet"
        await request_report(session, services, pull.organization_id, pull.id)
    return f"{where}: verdicts move to the new pipeline"
