/**
 * Hands test reports and logs to Agnox, or runs the tests and hands over what they said.
 *
 * agnox reports: 'build/*.xml', logs: 'build.log'
 * agnox command: 'make test', reports: 'build/*.xml'
 *
 * Settings: command, reports, logs, server, project, suite, version, strict, and credentialsId, the name of a credential of
 * kind "Secret text", by itself agnox-api-key. Without that credential AGNOX_API_KEY of the environment counts.
 */
def call(Map settings = [:]) {
    String script = libraryResource('agnox/agnox.sh')
    List<String> variables = [
        "AGNOX_STEP_COMMAND=${settings.command ?: ''}",
        "AGNOX_STEP_REPORTS=${lines(settings.reports)}",
        "AGNOX_STEP_LOGS=${lines(settings.logs)}",
        "AGNOX_STEP_SERVER=${settings.server ?: ''}",
        "AGNOX_STEP_PROJECT=${settings.project ?: ''}",
        "AGNOX_STEP_SUITE=${settings.suite ?: ''}",
        "AGNOX_STEP_VERSION=${settings.version ?: '0.1.0'}",
        "AGNOX_STEP_STRICT=${settings.strict ?: false}",
    ]
    boolean begun = false
    try {
        withCredentials([string(credentialsId: settings.credentialsId ?: 'agnox-api-key', variable: 'AGNOX_API_KEY')]) {
            begun = true
            handOver(variables, script)
        }
    } catch (problem) {
        if (begun || settings.strict) {
            throw problem
        }
        echo "agnox: ${problem.message}"
        handOver(variables, script)
    }
}

private void handOver(List<String> variables, String script) {
    withEnv(variables) {
        // The script names its shell in its first line, so it is not traced.
        sh(label: 'Agnox', script: script)
    }
}

private String lines(Object patterns) {
    return patterns instanceof List ? patterns.join('\n') : (patterns ?: '')
}
