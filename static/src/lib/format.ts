/** How every figure of the product is written. Sizes are binary; a unit always stands behind the number. */
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
const NBSP = '\u00a0'

function scale(bytes: number): number {
  let unit = 0
  // 1023.95 would round to "1024.0" of the smaller unit.
  for (let value = bytes; value >= 1023.95 && unit < UNITS.length - 1; value /= 1024) unit += 1
  return unit
}

function inUnit(bytes: number, unit: number): string {
  return unit === 0 ? String(Math.round(bytes)) : (bytes / 1024 ** unit).toFixed(1)
}

export function formatBytes(bytes: number): string {
  const unit = scale(bytes)
  return `${inUnit(bytes, unit)}${NBSP}${UNITS[unit]}`
}

/** "3.2 of 7.4 GiB": the unit once when both share it. */
export function formatBytesOf(part: number, whole: number): string {
  const unit = scale(whole)
  const own = scale(part)
  if (part === 0 || own === unit) return `${part === 0 ? '0' : inUnit(part, unit)} of ${formatBytes(whole)}`
  return `${formatBytes(part)} of ${formatBytes(whole)}`
}

export function formatSpeed(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

/** 0..100 without decimals, except under 10; never "100 %" before it is all there. */
export function formatPercent(part: number, whole: number): string {
  if (whole <= 0) return `0${NBSP}%`
  const percent = Math.min(100, Math.max(0, (part / whole) * 100))
  if (percent >= 100) return `100${NBSP}%`
  if (percent === 0) return `0${NBSP}%`
  if (percent < 0.1) return `<${NBSP}0.1${NBSP}%`
  return percent < 10 ? `${(Math.floor(percent * 10) / 10).toFixed(1)}${NBSP}%` : `${Math.floor(percent)}${NBSP}%`
}

const STEPS: [seconds: number, unit: string][] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
  [1, 's'],
]

/** Two units at most: "3 h 12 m", "45 s". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const first = STEPS.findIndex(([size]) => whole >= size)
  if (first === -1) return `0${NBSP}s`
  const [size, unit] = STEPS[first]!
  const major = `${Math.floor(whole / size)}${NBSP}${unit}`
  const next = STEPS[first + 1]
  if (!next) return major
  const minor = Math.floor((whole % size) / next[0])
  return minor > 0 ? `${major}${NBSP}${minor}${NBSP}${next[1]}` : major
}

/** "12 s ago", "in 40 s", "3 h ago"; past a week the date itself. One unit: it is a glance, the absolute is on hover. */
export function formatRelative(iso: string, now: number): string {
  const at = Date.parse(iso)
  if (Number.isNaN(at)) return 'unknown'
  const seconds = Math.round((at - now) / 1000)
  const distance = Math.abs(seconds)
  if (distance < 5) return 'now'
  if (distance > 7 * 86_400) return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(at)
  const [size, unit] = STEPS.find(([step]) => distance >= step)!
  const text = `${Math.floor(distance / size)}${NBSP}${unit}`
  return seconds < 0 ? `${text} ago` : `in ${text}`
}

/** "at 03:20", "tomorrow at 03:20", "on Sat 28 Nov at 03:20": the reader's own clock. */
export function formatClock(iso: string, now: number): string {
  const at = new Date(iso)
  const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).format(at)
  const day = new Date(now)
  if (at.toDateString() === day.toDateString()) return `at ${clock}`
  day.setDate(day.getDate() + 1)
  if (at.toDateString() === day.toDateString()) return `tomorrow at ${clock}`
  const date = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' }).format(at)
  return `on ${date} at ${clock}`
}

export function formatAbsolute(iso: string): string {
  const at = Date.parse(iso)
  if (Number.isNaN(at)) return iso
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }).format(at)
}

/** Reads the wire's `[d.]hh:mm:ss`; null when it is something else. */
export function parseDuration(text: string): number | null {
  const match = /^(?:(\d+)\.)?(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?$/.exec(text)
  if (!match) return null
  const [, days = '0', hours, minutes, seconds] = match
  return Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)
}

export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')}${NBSP}${count === 1 ? one : many}`
}
