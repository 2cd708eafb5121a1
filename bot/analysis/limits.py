"""How much of an input is read and kept before the analysis says that it stopped."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on untrusted input; each one that is hit is named in the analysis.

    Sizes are bytes after decompression unless the name says characters.
    """

    report_bytes: int = 256 * MIB
    log_bytes: int = 2048 * MIB
    depth: int = 64
    token_bytes: int = 4 * MIB
    """Longest single XML tag (with its attributes) or other token that does not end."""
    cases: int = 2_000_000
    """Test cases counted in one report."""
    kept_cases: int = 50_000
    """Test cases handed to the sink, over all reports."""
    kept_failures: int = 1_000
    """Failing test cases kept with their details, over all reports."""
    name_chars: int = 1_000
    message_chars: int = 4_000
    detail_chars: int = 16_000
    output_chars: int = 4_000
    line_chars: int = 4_096
    """Characters of one log line that are looked at."""
    baseline_lines: int = 500_000
    kept_lines: int = 24_000
    """Lines of one log that are kept to choose from: the first two thirds and the last third of what tells."""
    kept_line_chars: int = 1_000
    findings: int = 200
    evidence: int = 8
    """Evidence lines of one finding."""
