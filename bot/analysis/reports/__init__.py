"""Test reports of all kinds, read as streams. A reader is added by putting it into `READERS`."""

from bot.analysis.reports import (
    allure,
    azure,
    ctrf,
    cucumber,
    dart,
    gitlab,
    gotest,
    jest,
    libtest,
    mocha,
    mochawesome,
    nunit,
    playwright,
    pytest_json,
    robot,
    rspec,
    tap,
    testng,
    trx,
    xunit,
)
from bot.analysis.reports.base import Budget, Reader, Report, ResultSink, Status, TestResult
from bot.analysis.reports.junit import JUnitReader

READERS: tuple[Reader, ...] = (
    JUnitReader(),
    nunit.READER,
    xunit.READER,
    trx.READER,
    testng.READER,
    robot.READER,
    ctrf.READER,
    playwright.READER,
    jest.READER,
    mocha.READER,
    mochawesome.READER,
    mochawesome.CYPRESS,
    pytest_json.READER,
    rspec.READER,
    cucumber.READER,
    allure.READER,
    azure.READER,
    gitlab.READER,
    gotest.READER,
    dart.READER,
    libtest.READER,
    cucumber.MESSAGES,
    pytest_json.REPORT_LOG,
    tap.READER,
)
"""The first whose `sniff` says yes reads the input."""

__all__ = ["READERS", "Budget", "Reader", "Report", "ResultSink", "Status", "TestResult"]
