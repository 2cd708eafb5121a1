"""What builds kept (Azure DevOps REST, Build: Artifacts; Pipelines: Artifacts)."""

from simulators.answers import Answer
from simulators.azure.answers import not_found
from simulators.azure.api.builds import ONE, known_build
from simulators.azure.models import Build, BuildArtifact, Json
from simulators.azure.routes import ApiCall, Route, listed
from simulators.azure.signed import plain_url, signed_url

RUN = "{project}/_apis/pipelines/{pipelineId}/runs/{runId}"
_READ = ("vso.build", "vso.build_execute")


def _artifacts(call: ApiCall) -> Answer:
    """All of a build, or one; as a zip only what lies on this host: for the rest the caller is sent elsewhere."""
    build = known_build(call, call.number("buildId"))
    if "artifactName" not in call.query:
        return listed([_view(call, build, each) for each in build.artifacts])
    found = _named(build, call.query["artifactName"])
    if "application/zip" not in call.asked.headers.get("accept", ""):
        return Answer(_view(call, build, found))
    if found.kind == "PipelineArtifact":
        return Answer(None, 302, {"location": plain_url(call, found.content)})
    return Answer(found.content, headers={"content-type": "application/zip"})


def _signed(call: ApiCall) -> Answer:
    """One of a run of a pipeline; of those in its own storage with an address for everybody, if that is asked for."""
    build = known_build(call, call.number("runId"))
    if build.definition_id != call.number("pipelineId"):
        raise not_found("PipelineRunNotFoundException", "The run is of another pipeline.")
    found = _named(build, call.query.get("artifactName", ""))
    view: Json = {"name": found.name, "url": f"{call.urls.collection}/{found.id}"}
    if call.query.get("$expand") == "signedContent" and found.kind == "PipelineArtifact":
        view["signedContent"] = {
            "url": signed_url(call, found.content),
            "signatureExpires": "2099-01-01T00:00:00Z",
        }
    return Answer(view)


def _view(call: ApiCall, build: Build, artifact: BuildArtifact) -> Json:
    """build.BuildArtifact."""
    own = f"{call.urls.collection}/{build.repository.project.id}/_apis/build/builds/{build.id}/artifacts"
    data = {"Container": f"#/{artifact.id}/{artifact.name}", "FilePath": r"\\share\drop"}
    pipeline = artifact.kind == "PipelineArtifact"
    return {
        "id": artifact.id,
        "name": artifact.name,
        "source": "12f1170f-54f2-53f3-20dd-22fc7dff55f9",
        "resource": {
            "type": artifact.kind,
            "data": data.get(artifact.kind, "9F1C"),
            "properties": {"localpath": "/agent/_work/1/a", "artifactsize": str(len(artifact.content))},
            "url": f"{own}?artifactName={artifact.name}&api-version=7.1",
            "downloadUrl": plain_url(call, artifact.content) if pipeline else f"{own}?$format=zip",
        },
    }


def _named(build: Build, name: str) -> BuildArtifact:
    found = next((each for each in build.artifacts if each.name == name), None)
    if found is None:
        raise not_found("ArtifactNotFoundException", f"Artifact {name} was not found for build {build.id}.")
    return found


ROUTES = (
    Route("GET", f"{ONE}/artifacts", _artifacts, _READ),
    Route("GET", f"{RUN}/artifacts", _signed, _READ),
)
