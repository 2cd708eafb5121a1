"""The use cases that a job may name."""

from datetime import timedelta

from bot.queue.functions import JobFunctions
from bot.usecases.analyze_execution import analyze_execution, fail_execution
from bot.usecases.check_integration import check_integration
from bot.usecases.locate_cycle import locate_cycle
from bot.usecases.obey_comment import answer_comment, obey_comment
from bot.usecases.publish_report import publish_report, publish_revision
from bot.usecases.receive_delivery import handle_delivery
from bot.usecases.run_execution import run_execution

AROUND_A_RUN = timedelta(minutes=10)
"""What a testing node may need beside the suite's own time: ending it, packing what it left."""


def job_functions(execution_limit: timedelta) -> JobFunctions:
    """Makes the registry; `execution_limit` is the longest time that a suite may take."""
    functions = JobFunctions()
    for function in (
        analyze_execution,
        answer_comment,
        check_integration,
        fail_execution,
        handle_delivery,
        locate_cycle,
        obey_comment,
        publish_report,
        publish_revision,
    ):
        functions.add(function)
    functions.add(run_execution, limit=execution_limit + AROUND_A_RUN)
    return functions
