"""`agnox worker`: runs jobs that arq brings from Redis."""

import click


@click.command(short_help="Run jobs from Redis.")
@click.option(
    "--queue",
    "names",
    multiple=True,
    type=click.Choice(["default", "tests"]),
    help="Queue to serve; may be given twice. Default: `default`, and `tests` where AGNOX_EXECUTORS allows something.",
)
def command(names: tuple[str, ...]) -> None:
    """Run jobs from Redis; any number of workers may run on any number of machines.

    A worker on queue `tests` is a testing node: it runs the test commands of your projects with the executors that
    AGNOX_EXECUTORS allows. SIGTERM lets running jobs end, or come back on another worker.
    """
    from bot.cli.context import Failure, load_settings
    from bot.cli.process import run_worker

    settings = load_settings()
    if settings.embedded:
        raise Failure("AGNOX_REDIS_URL is not set: without Redis `agnox serve` runs the jobs itself")
    run_worker(settings, names or ("default", *(["tests"] if settings.executors else [])))
