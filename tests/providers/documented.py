"""The fields of deliveries that may be read, by host and event: no other one may make a difference.

Each stands in the host's documentation of the event: GitHub Docs, Webhook events and payloads; GitLab Docs, Webhook
events; Azure DevOps, Service hooks events (and the objects of its REST API that they hold); Gitea, Webhooks. `*` is
every item of a list, `**` all that is below. Without the fields marked `!` there is nothing to tell.
"""

from collections.abc import Mapping

_WHERE = "!repository.id repository.full_name"
_SENDER = "sender.id sender.login sender.type"
_INSTALLED = "installation.id"
_GITHUB_PULL = (
    "!pull_request.number !pull_request.head.sha pull_request.head.ref pull_request.head.repo.id pull_request.base.ref "
    "pull_request.base.sha pull_request.base.repo.id pull_request.base.repo.full_name pull_request.merge_commit_sha "
    "pull_request.state pull_request.draft pull_request.user.login pull_request.title pull_request.html_url "
    "pull_request.updated_at"
)
_AZURE_PLACE = "!{0}repository.id {0}repository.name !{0}repository.project.id {0}repository.project.name"
_AZURE_PULL = (
    _AZURE_PLACE + " !{0}pullRequestId !{0}lastMergeSourceCommit.commitId {0}lastMergeTargetCommit.commitId "
    "{0}lastMergeCommit.commitId {0}sourceRefName {0}targetRefName {0}status {0}isDraft {0}title {0}forkSource.** "
    "{0}createdBy.id {0}createdBy.uniqueName {0}createdBy.displayName {0}createdBy.descriptor "
    "{0}repository.remoteUrl {0}repository.webUrl"
)
_GITEA_WHERE = f"{_WHERE} sender.id sender.login"
_GITLAB_WHERE = "!project.id project.path_with_namespace project.default_branch !project_id"
_GITLAB_USER = "user.id user.username user.bot object_attributes.author_id"

GITHUB: Mapping[str, str] = {
    "check_run": f"!action {_INSTALLED} {_WHERE} {_SENDER} !check_run.app.id check_run.head_sha check_run.external_id "
    "requested_action.identifier",
    "check_suite": f"!action {_INSTALLED} {_WHERE} {_SENDER} repository.default_branch repository.html_url "
    "!check_suite.id !check_suite.head_sha check_suite.head_branch check_suite.status check_suite.conclusion "
    "!check_suite.app.id check_suite.app.name check_suite.app.slug check_suite.created_at check_suite.updated_at "
    "check_suite.latest_check_runs_count check_suite.pull_requests.*.number "
    "check_suite.pull_requests.*.base.repo.id",
    "installation": "!action !installation.id installation.account.id installation.account.login "
    "installation.account.type installation.permissions.** repositories.*.id repositories.*.full_name",
    "installation_repositories": "!installation.id installation.account.id installation.account.login "
    "installation.account.type repositories_added.*.id repositories_added.*.full_name repositories_removed.*.id "
    "repositories_removed.*.full_name",
    "installation_target": "!action !installation.id account.id !account.login account.type",
    "issue_comment": f"!action {_INSTALLED} {_WHERE} !comment.id comment.body comment.user.id comment.user.login "
    "comment.user.type comment.performed_via_github_app.** issue.number issue.state !issue.pull_request.**",
    "merge_group": f"!action {_INSTALLED} {_WHERE} !merge_group.head_sha merge_group.head_ref merge_group.base_ref",
    "pull_request": f"action {_INSTALLED} repository.id repository.full_name {_SENDER} {_GITHUB_PULL}",
    "pull_request_review_comment": f"!action {_INSTALLED} {_WHERE} !comment.id comment.body comment.user.id "
    "comment.user.login comment.user.type comment.performed_via_github_app.** pull_request.number pull_request.state",
    "push": f"{_INSTALLED} {_WHERE} repository.default_branch repository.master_branch !ref !after deleted "
    "commits.*.added commits.*.modified commits.*.removed",
    "repository": f"!action {_INSTALLED} !repository.id !repository.full_name",
    "workflow_run": f"{_INSTALLED} {_WHERE} repository.default_branch !workflow_run.id !workflow_run.head_sha "
    "workflow_run.name workflow_run.path workflow_run.head_branch workflow_run.event workflow_run.status "
    "workflow_run.conclusion workflow_run.run_attempt workflow_run.run_started_at workflow_run.created_at "
    "workflow_run.updated_at workflow_run.html_url workflow_run.head_repository.id "
    "workflow_run.head_repository.full_name workflow_run.pull_requests.*.number "
    "workflow_run.pull_requests.*.base.repo.id",
}
GITLAB: Mapping[str, str] = {
    "merge_request": f"!object_kind {_GITLAB_WHERE} {_GITLAB_USER} !object_attributes.iid "
    "!object_attributes.last_commit.id object_attributes.action object_attributes.oldrev object_attributes.state "
    "object_attributes.title object_attributes.url object_attributes.source_branch object_attributes.target_branch "
    "object_attributes.source_project_id object_attributes.target_project_id object_attributes.updated_at "
    "object_attributes.draft object_attributes.work_in_progress object_attributes.merge_commit_sha "
    "object_attributes.squash_commit_sha",
    "note": f"!object_kind event_type {_GITLAB_WHERE} {_GITLAB_USER} !object_attributes.id object_attributes.note "
    "!object_attributes.noteable_type object_attributes.type object_attributes.action object_attributes.system "
    "object_attributes.internal object_attributes.confidential !object_attributes.created_at "
    "!object_attributes.updated_at !merge_request.iid merge_request.state",
    "pipeline": f"!object_kind {_GITLAB_WHERE} !object_attributes.id object_attributes.iid !object_attributes.sha "
    "object_attributes.ref object_attributes.tag object_attributes.source object_attributes.status "
    "object_attributes.name object_attributes.url object_attributes.stages object_attributes.created_at "
    "object_attributes.finished_at merge_request.iid merge_request.title merge_request.source_branch "
    "merge_request.source_project_id merge_request.target_project_id builds.*.status builds.*.allow_failure "
    "builds.*.created_at builds.*.started_at builds.*.finished_at",
    "push": f"!object_kind {_GITLAB_WHERE} !ref !after commits.*.added commits.*.modified commits.*.removed",
    "system": "!event_name !project_id !path_with_namespace",
}
AZURE: Mapping[str, str] = {
    "build.complete": "!resource.id !resource.project.id resource.project.name !resource.repository.id "
    "resource.repository.name resource.repository.type resource.sourceVersion resource.sourceBranch "
    "!resource.status resource.result resource.reason resource.definition.name resource.queueTime resource.startTime "
    "resource.finishTime resource.lastChangedDate resource._links.web.href resource.triggerInfo.** "
    "resource.parameters",
    "git.pullrequest.created": f"createdDate {_AZURE_PULL.format('resource.')}",
    "git.pullrequest.merged": f"createdDate {_AZURE_PULL.format('resource.')}",
    "git.pullrequest.updated": f"createdDate {_AZURE_PULL.format('resource.')}",
    "git.push": f"{_AZURE_PLACE.format('resource.')} resource.repository.defaultBranch !resource.refUpdates.*.name "
    "!resource.refUpdates.*.newObjectId",
    "git.repo.deleted": "!resource.repositoryId resource.repositoryName !resource.project.id resource.project.name",
    "git.repo.renamed": "!resource.repository.id !resource.repository.name !resource.repository.project.id "
    "!resource.repository.project.name",
    "ms.vss-code.git-pullrequest-comment-event": f"{_AZURE_PULL.format('resource.pullRequest.')} !resource.comment.id "
    "resource.comment.content !resource.comment.commentType resource.comment.isDeleted resource.comment.author.id "
    "resource.comment.author.uniqueName resource.comment.author.displayName resource.comment.author.descriptor "
    "resource.comment.publishedDate resource.comment.lastUpdatedDate resource.comment.lastContentUpdatedDate "
    "resource.comment._links.self.href resource.comment._links.threads.href",
    "ms.vss-pipelines.run-state-changed-event": "createdDate !resource.run.id resource.run.name !resource.run.state "
    "resource.run.pipeline.name resource.pipeline.name !resource.run.resources.repositories.self.repository.id "
    "!resource.run.resources.repositories.self.repository.type resource.run.resources.repositories.self.refName "
    "!resource.run.resources.repositories.self.version !resource.repositories.*.url !resourceContainers.project.id",
}
GITEA: Mapping[str, str] = {
    "issue_comment": f"!action is_pull {_GITEA_WHERE} !comment.id comment.body comment.user.id comment.user.login "
    "!issue.number issue.state issue.pull_request.**",
    "pull_request": f"!action repository.id repository.full_name sender.id sender.login {_GITHUB_PULL}",
}
DOCUMENTED: Mapping[str, Mapping[str, str]] = {"azure": AZURE, "gitea": GITEA, "github": GITHUB, "gitlab": GITLAB}
