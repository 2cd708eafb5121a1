"""Object storage beside GitLab: files under addresses that let anybody in who knows them, and nobody with a token."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.contract import Violation
from simulators.gitlab.host import Host
from simulators.gitlab.runs import Job
from simulators.gitlab.testreports import archive
from simulators.gitlab.views.common import Urls

_SECRET = ("private-token", "authorization", "job-token")


def stored(urls: Urls, job: Job) -> str:
    """The address of a job's artifacts."""
    return f"{urls.web}/object-storage/artifacts/{job.id}.zip?X-Amz-Signature=0123456789abcdef"


def storage_routes(host: Host) -> list[Route]:
    """What is stored."""

    def serve(request: Request) -> Response:
        if any(name in request.headers for name in _SECRET):
            host.violate(Violation(request.method, request.url.path, "a token was sent to the object storage"))
            return Response("<Error><Code>InvalidArgument</Code></Error>", 400, media_type="application/xml")
        number = request.path_params["number"]
        jobs = (job for pipeline in host.state.pipelines.values() for job in pipeline.jobs if job.id == number)
        packed = archive(found) if (found := next(jobs, None)) else b""
        return Response(packed, 200 if packed else 404, media_type="application/zip")

    return [Route("/object-storage/artifacts/{number:int}.zip", serve)]
