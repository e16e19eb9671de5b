import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MIB = 1024 * 1024

/**
 * The rig's levers (rig.py), each as a method: `await rig.bucket()`. It lives as long as this process; `close` lets go of
 * what was pulled.
 */
export function openRig() {
  const child = spawn('/usr/bin/python3', [fileURLToPath(new URL('../rig.py', import.meta.url))], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = []
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(JSON.parse(line)))
  child.on('exit', (code) => waiting.splice(0).forEach((answer) => answer({ error: `rig.py ended with ${code}` })))

  const call = async (name, args) => {
    assert.equal(child.exitCode, null, 'rig.py has ended')
    const answer = await new Promise((resolve) => {
      waiting.push(resolve)
      child.stdin.write(`${JSON.stringify([name, ...args])}\n`)
    })
    assert.ok(!('error' in answer), `${name}: ${answer.error}`)
    return answer.ok
  }
  const levers = {
    async close() {
      await call('rates', [0, 0])
      child.stdin.end()
    },
  }
  return new Proxy(levers, {
    // A promise is recognised by `then`: the rig is none.
    get: (own, name) => own[name] ?? (name === 'then' ? undefined : (...args) => call(name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), args)),
  })
}

export { MIB }
