import { describe, expect, it } from 'vitest'
import { formatBytes, formatBytesOf, formatClock, formatDuration, formatPercent, formatRelative, parseDuration } from '@/lib/format'

const plain = (text: string) => text.replaceAll('\u00a0', ' ')

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1024 ** 2 - 1, '1.0 MiB'],
    [1.4 * 1024 ** 3, '1.4 GiB'],
    [5 * 1024 ** 5, '5.0 PiB'],
  ])('%d is %s', (bytes, text) => expect(plain(formatBytes(bytes))).toBe(text))

  it('say the unit once when both share it', () => {
    expect(plain(formatBytesOf(3.2 * 1024 ** 3, 7.4 * 1024 ** 3))).toBe('3.2 of 7.4 GiB')
    expect(plain(formatBytesOf(0, 1024))).toBe('0 of 1.0 KiB')
    expect(plain(formatBytesOf(512 * 1024 ** 2, 4 * 1024 ** 3))).toBe('512.0 MiB of 4.0 GiB')
  })
})

describe('shares', () => {
  it.each([
    [0, 0, '0 %'],
    [1, 1_000_000, '< 0.1 %'],
    [42, 1000, '4.2 %'],
    [999, 1000, '99 %'],
    [5, 4, '100 %'],
  ])('%d of %d is %s', (part, whole, text) => expect(plain(formatPercent(part, whole))).toBe(text))
})

describe('times', () => {
  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 m'],
    [11_520, '3 h 12 m'],
    [90_000, '1 d 1 h'],
  ])('%d seconds are %s', (seconds, text) => expect(plain(formatDuration(seconds))).toBe(text))

  it('relative to now, in both directions', () => {
    const now = Date.parse('2026-11-20T09:00:00Z')
    expect(plain(formatRelative('2026-11-20T08:57:00Z', now))).toBe('3 m ago')
    expect(plain(formatRelative('2026-11-20T09:00:40Z', now))).toBe('in 40 s')
    expect(formatRelative('2026-11-20T09:00:02Z', now)).toBe('now')
    expect(formatRelative('nonsense', now)).toBe('unknown')
  })

  it('by the clock: today, tomorrow, later', () => {
    // Local times, for the reader's clock is the machine's.
    const now = new Date(2026, 10, 20, 22, 15).getTime()
    const at = (day: number) => new Date(2026, 10, day, 23, 20)
    const clock = at(20).toLocaleTimeString(undefined, { timeStyle: 'short' })
    expect(formatClock(at(20).toISOString(), now)).toBe(`at ${clock}`)
    expect(formatClock(at(21).toISOString(), now)).toBe(`tomorrow at ${clock}`)
    expect(formatClock(at(22).toISOString(), now)).toMatch(new RegExp(`^on .*22.* at ${clock}$`))
  })

  it('read the wire', () => {
    expect(parseDuration('00:01:02')).toBe(62)
    expect(parseDuration('1.02:00:00')).toBe(93_600)
    expect(parseDuration('00:00:03.1200000')).toBe(3)
    expect(parseDuration('soon')).toBeNull()
  })
})
