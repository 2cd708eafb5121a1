"""Pipelines, jobs and commit statuses."""

from simulators.gitlab.models import Json
from simulators.gitlab.runs import Job, Pipeline
from simulators.gitlab.testreports import archive
from simulators.gitlab.views.common import Urls, maybe_stamp, stamp, user_view


def short_pipeline_view(urls: Urls, pipeline: Pipeline) -> Json:
    """API_Entities_Ci_PipelineBasic."""
    return {
        "id": pipeline.id,
        "iid": pipeline.iid,
        "project_id": pipeline.project.id,
        "sha": pipeline.sha,
        "ref": pipeline.ref,
        "status": pipeline.status,
        "source": pipeline.source,
        "created_at": stamp(pipeline.created_at),
        "updated_at": stamp(pipeline.updated_at),
        "web_url": f"{urls.page(pipeline.project)}/-/pipelines/{pipeline.id}",
    }


def pipeline_view(urls: Urls, pipeline: Pipeline) -> Json:
    """API_Entities_Ci_Pipeline."""
    return short_pipeline_view(urls, pipeline) | {
        "before_sha": "0" * 40,
        "tag": pipeline.tag,
        "yaml_errors": None,
        "user": user_view(urls, pipeline.user),
        "started_at": stamp(pipeline.created_at),
        "finished_at": maybe_stamp(pipeline.finished_at),
        "committed_at": None,
        "duration": pipeline.duration,
        "queued_duration": None,
        "coverage": None,
        "detailed_status": {
            "icon": f"status_{pipeline.status}",
            "text": pipeline.status.title(),
            "label": "passed" if pipeline.status == "success" else pipeline.status,
            "group": pipeline.status,
            "tooltip": pipeline.status,
            "has_details": True,
            "details_path": f"/{pipeline.project.full_path}/-/pipelines/{pipeline.id}",
            "illustration": None,
            "favicon": "",
        },
    }


def status_view(urls: Urls, job: Job) -> Json:
    """API_Entities_CommitStatus; jobs of GitLab's own runners are commit statuses, too."""
    pipeline = job.pipeline
    own = f"{urls.page(pipeline.project)}/-/jobs/{job.id}"
    return {
        "id": job.id,
        "sha": pipeline.sha,
        "ref": job.ref,
        "status": job.status,
        "name": job.name,
        "target_url": job.target_url if job.external else own,
        "description": job.description,
        "created_at": stamp(job.created_at),
        "started_at": maybe_stamp(job.started_at),
        "finished_at": maybe_stamp(job.finished_at),
        "allow_failure": job.allow_failure,
        "coverage": job.coverage,
        "pipeline_id": pipeline.id,
        "author": user_view(urls, job.user),
    }


def job_view(urls: Urls, job: Job) -> Json:
    """API_Entities_Ci_Job."""
    packed = archive(job)
    return {
        "id": job.id,
        "status": job.status,
        "stage": job.stage,
        "name": job.name,
        "ref": job.ref,
        "tag": False,
        "coverage": job.coverage,
        "allow_failure": job.allow_failure,
        "created_at": stamp(job.created_at),
        "started_at": maybe_stamp(job.started_at),
        "finished_at": maybe_stamp(job.finished_at),
        "erased_at": None,
        "duration": None,
        "queued_duration": None,
        "user": user_view(urls, job.user),
        "pipeline": short_pipeline_view(urls, job.pipeline),
        "web_url": f"{urls.page(job.pipeline.project)}/-/jobs/{job.id}",
        "archived": False,
        "tag_list": [],
        "failure_reason": "script_failure" if job.status == "failed" else None,
        "artifacts": [_archive_view(len(packed))] if packed else [],
        **({"artifacts_file": {"filename": "artifacts.zip", "size": len(packed)}} if packed else {}),
    }


def bridge_view(urls: Urls, job: Job) -> Json:
    """API_Entities_Ci_Bridge."""
    view = job_view(urls, job)
    del view["artifacts"], view["tag_list"], view["archived"]
    return view | {"downstream_pipeline": short_pipeline_view(urls, job.child) if job.child else None}


def _archive_view(size: int) -> Json:
    return {"file_type": "archive", "size": size, "filename": "artifacts.zip", "file_format": "zip"}
