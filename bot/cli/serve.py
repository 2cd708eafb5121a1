"""`agnox serve`: the web process, with the jobs in it when there is no Redis."""

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port to listen on.")
@click.option("--no-worker", is_flag=True, help="Only take deliveries and show pages; run no jobs in this process.")
def command(host: str, port: int, no_worker: bool) -> None:
    """Serve webhooks, the API and the pages.

    Without AGNOX_REDIS_URL this one process also runs the jobs and, where AGNOX_EXECUTORS allows it, the tests; its
    database is made and upgraded by itself. Ready when GET /readyz answers 200. SIGTERM ends it gracefully.
    """
    from bot.cli.context import load_settings
    from bot.cli.process import run_web

    run_web(load_settings(), host=host, port=port, worker=not no_worker)
