/** The golden bodies that the API's own tests are compared with, read by tests only. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../../tests/contract')

export function contract<T = Record<string, unknown>>(name: string): T {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as T
}
