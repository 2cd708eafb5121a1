"""The use cases that a job may name."""

from datetime import timedelta

from bot.commands.obey import answer_comment, obey_comment
from bot.queue.functions import JobFunctions
from bot.usecases.agnox.forward import follow_execution, forward_execution
from bot.usecases.agnox.read import give_up_agnox_run, read_agnox_run
from bot.usecases.analyze_execution import analyze_execution, fail_execution
from bot.usecases.ask_runs import ask_after_runs
from bot.usecases.check_integration import check_integration
from bot.usecases.expect_verdict import expect_verdict
from bot.usecases.follow_fork import look_into_fork
from bot.usecases.forget_repositories import forget_repositories
from bot.usecases.ingest.read import give_up_session, read_session, watch_session
from bot.usecases.inspect_installation import inspect_installation
from bot.usecases.locate_cycle import locate_cycle
from bot.usecases.look_after_line import look_after_line
from bot.usecases.mend_deliveries import mend_deliveries, mend_hook
from bot.usecases.merge_group import give_up_group, judge_group
from bot.usecases.publish_report import publish_report, publish_revision
from bot.usecases.read_run import give_up_run, read_run
from bot.usecases.receive_delivery import handle_delivery
from bot.usecases.reconcile import reconcile, reconcile_repository
from bot.usecases.rerun_run import cancel_run, fail_rerun, rerun_run
from bot.usecases.rerun_target import forget_asked
from bot.usecases.run_execution import run_execution
from bot.usecases.run_policy_tests import give_up_waiting, run_pull_tests, run_push_tests
from bot.usecases.runner_hook import call_runner
from bot.usecases.tell_excused import tell_excused

AROUND_A_RUN = timedelta(minutes=10)
"""What a testing node may need beside the suite's own time: ending it, packing what it left."""

NODES_THAT_DIE = 2
"""With the second testing node that dies over it an execution ends: tests that take machines down are given to few."""


def job_functions(execution_limit: timedelta) -> JobFunctions:
    """Makes the registry; `execution_limit` is the longest time that a suite may take."""
    functions = JobFunctions()
    for function in (
        analyze_execution,
        answer_comment,
        ask_after_runs,
        call_runner,
        cancel_run,
        check_integration,
        expect_verdict,
        fail_execution,
        follow_execution,
        forward_execution,
        give_up_agnox_run,
        give_up_group,
        give_up_run,
        give_up_session,
        give_up_waiting,
        fail_rerun,
        forget_asked,
        forget_repositories,
        handle_delivery,
        inspect_installation,
        judge_group,
        locate_cycle,
        look_after_line,
        look_into_fork,
        mend_hook,
        obey_comment,
        publish_report,
        publish_revision,
        read_agnox_run,
        read_run,
        read_session,
        reconcile_repository,
        rerun_run,
        run_pull_tests,
        run_push_tests,
        tell_excused,
        watch_session,
    ):
        functions.add(function)
    for comes_round in (mend_deliveries, reconcile):
        functions.add(comes_round, comes_round=True)
    functions.add(run_execution, limit=execution_limit + AROUND_A_RUN, strikes=NODES_THAT_DIE)
    return functions
