import { renderHook } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openEventStream, type StreamState } from '@/features/jobs/live/event-stream'
import { pollInterval } from '@/features/jobs/live/stream-state'
import { useSteadyRefetch } from '@/features/jobs/live/use-steady-refetch'
import { buildEvent } from '@/testing/builders'
import { FakeEventSource } from '@/testing/fake-event-source'

let states: StreamState[]
let events: number[]
let stop: () => void

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  states = []
  events = []
  stop = openEventStream('/events', { onEvent: ({ jobId }) => events.push(jobId), onState: (state) => states.push(state) })
})
afterEach(() => {
  stop()
  vi.useRealTimers()
})

describe('the event stream', () => {
  it('falls back to polling and comes back with a growing delay', () => {
    FakeEventSource.last.open()
    FakeEventSource.last.fail()
    expect(states).toEqual(['connecting', 'live', 'polling'])
    vi.advanceTimersByTime(1_000)
    expect(FakeEventSource.all).toHaveLength(2)
    FakeEventSource.last.fail()
    vi.advanceTimersByTime(1_999)
    expect(FakeEventSource.all).toHaveLength(2)
    vi.advanceTimersByTime(1)
    expect(FakeEventSource.all).toHaveLength(3)
    FakeEventSource.last.open()
    FakeEventSource.last.fail()
    vi.advanceTimersByTime(1_000)
    expect(FakeEventSource.all).toHaveLength(4)
  })

  it('does not wait when the network returns, and never has two open', () => {
    FakeEventSource.last.fail()
    window.dispatchEvent(new Event('online'))
    window.dispatchEvent(new Event('online'))
    vi.advanceTimersByTime(60_000)
    expect(FakeEventSource.all).toHaveLength(2)
  })

  it('passes what it can read and drops the rest', () => {
    FakeEventSource.last.send(buildEvent({ jobId: 5 }))
    FakeEventSource.last.send({ jobId: 6 })
    FakeEventSource.last.send('not json')
    expect(events).toEqual([5])
  })

  it('is silent after it was stopped', () => {
    FakeEventSource.last.fail()
    stop()
    vi.advanceTimersByTime(60_000)
    expect(FakeEventSource.all).toHaveLength(1)
  })

  it('asks steadily however often the page is drawn in between', () => {
    const refetch = vi.fn(() => Promise.resolve())
    const { rerender } = renderHook(() => useSteadyRefetch(refetch, 5_000))
    for (let second = 0; second < 10; second += 1) {
      vi.advanceTimersByTime(1_000)
      rerender()
    }
    expect(refetch).toHaveBeenCalledTimes(2)
  })

  it('polls only what still moves, and slowly while the stream is up', () => {
    expect(pollInterval('polling', true)).toBe(5_000)
    expect(pollInterval('live', true)).toBe(30_000)
    expect(pollInterval('polling', false)).toBe(false)
  })
})
