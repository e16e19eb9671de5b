/** A reporter for node:test in the words of tests/rig/suite.py: a line per test, and last "N passed, N failed". */
export default async function* report(events) {
  const counts = { passed: 0, failed: 0 }
  for await (const { type, data } of events) {
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message
    if (type !== 'test:pass' && type !== 'test:fail') continue
    // A group that failed without a failing test of its own (a broken before hook) counts; any other group does not.
    const group = data.details.type === 'suite'
    if (group && (type === 'test:pass' || data.details.error?.failureType === 'subtestsFailed')) continue
    const ok = type === 'test:pass' && !data.skip && !data.todo
    counts[ok ? 'passed' : 'failed'] += 1
    yield `  ${ok ? 'ok  ' : 'FAIL'} ${data.name} (${(data.details.duration_ms / 1000).toFixed(1)} s)\n`
    if (!ok) yield `${indent(whatWentWrong(data))}\n`
  }
  yield `${counts.passed} passed, ${counts.failed} failed\n`
}

function whatWentWrong({ skip, todo, details }) {
  if (skip || todo) return 'Nothing here may be skipped.'
  const error = details.error?.cause ?? details.error
  return error?.stack ?? String(error)
}

function indent(text) {
  return text.replace(/^/gm, '       ')
}
