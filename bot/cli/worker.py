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
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="LABEL",
    help="What this testing node has, as `linux,gpu`; may be given again. Adds to AGNOX_LABELS.",
)
def command(names: tuple[str, ...], labels: tuple[str, ...]) -> None:
    """Run jobs from Redis; any number of workers may run on any number of machines.

    A worker on queue `tests` is a testing node: it runs the test commands of your projects with the executors that
    AGNOX_EXECUTORS allows. Tests that want labels are run by nodes that have them all. SIGTERM lets running jobs end,
    or come back on another worker.
    """
    from bot.cli.context import Failure, load_settings
    from bot.cli.process import run_worker
    from bot.domain.labels import read_labels

    settings = load_settings()
    try:
        settings = settings.model_copy(update={"labels": read_labels([*settings.labels, *labels])})
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--label") from error
    if settings.embedded:
        raise Failure("AGNOX_REDIS_URL is not set: without Redis `agnox serve` runs the jobs itself")
    run_worker(settings, names or ("default", *(["tests"] if settings.executors else [])))
