import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** WCAG contrast of the pairs of tokens that stand on each other, in both themes, computed from tokens.css. */
const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8')

type Oklch = [lightness: number, chroma: number, hue: number]

function tokens(theme: 'light' | 'dark'): Map<string, Oklch> {
  const found = new Map<string, Oklch>()
  for (const [, name, light, dark] of css.matchAll(/--([\w-]+): light-dark\(oklch\(([^)]+)\), oklch\(([^)]+)\)\)/g)) {
    const [lightness = 0, chroma = 0, hue = 0] = (theme === 'light' ? light : dark)!.split(/[ /]+/).map(Number)
    found.set(name!, [lightness, chroma, hue])
  }
  return found
}

function luminance([lightness, chroma, hue]: Oklch): number {
  const radians = (hue * Math.PI) / 180
  const a = chroma * Math.cos(radians)
  const b = chroma * Math.sin(radians)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const clamp = (value: number) => Math.min(1, Math.max(0, value))
  const red = clamp(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)
  const green = clamp(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s)
  const blue = clamp(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(first: Oklch, second: Oklch): number {
  const [high, low] = [luminance(first), luminance(second)].sort((x, y) => y - x) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

const surfaces = ['bg', 'surface', 'raised', 'hover', 'sunken']
const states = ['idle', 'moving', 'waiting', 'failed', 'done']

const text: [string, string][] = [
  ...surfaces.flatMap((surface): [string, string][] => [
    ['text', surface],
    ['muted', surface],
  ]),
  ...states.flatMap((state): [string, string][] => [
    [state, `${state}-soft`],
    [state, 'surface'],
    [state, 'hover'],
    ['text', `${state}-soft`],
  ]),
  ['failed', 'raised'],
  ['failed', 'bg'],
  ['waiting', 'bg'],
  ['action', 'surface'],
  ['action', 'bg'],
  ['on-action', 'action'],
  ['on-action', 'action-hover'],
  ['on-danger', 'danger'],
  ['on-danger', 'danger-hover'],
]
const graphics: [string, string][] = [
  ['line-strong', 'surface'],
  ['line-strong', 'bg'],
  ['focus', 'bg'],
  ['focus', 'surface'],
  ['focus', 'raised'],
  ['bar-up', 'bar-track'],
  ...states.map((state): [string, string] => [state, 'bar-track']),
]

describe.each(['light', 'dark'] as const)('%s theme', (theme) => {
  const colors = tokens(theme)
  const of = (name: string): Oklch => {
    const color = colors.get(name)
    if (!color) throw new Error(`no token --${name}`)
    return color
  }
  it.each(text)('%s on %s reads (4.5)', (front, back) => expect(contrast(of(front), of(back))).toBeGreaterThanOrEqual(4.5))
  it.each(graphics)('%s on %s is seen (3)', (front, back) => expect(contrast(of(front), of(back))).toBeGreaterThanOrEqual(3))
  it('the two layers of the bar differ', () => {
    expect(contrast(of('bar-up'), of('bar-down'))).toBeGreaterThanOrEqual(2.2)
    expect(contrast(of('bar-down'), of('bar-track'))).toBeGreaterThanOrEqual(1.3)
  })
})
