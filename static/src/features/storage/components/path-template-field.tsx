import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { Button } from '@/components/ui/button'
import { TextField } from '@/components/ui/field'
import { pathPreviewQuery } from '@/features/storage/api/preview-path'
import { DEFAULT_TEMPLATE, TEMPLATE_VARIABLES } from '@/features/storage/s3-options'
import { useDebounced } from '@/hooks/use-debounced'
import { ApiError } from '@/lib/api-error'
import { cn } from '@/lib/cn'

const SETTLED_MS = 300

type PathTemplateFieldProps = { value: string; error: string | undefined; onChange: (template: string) => void }

/** Where files go below the bucket: a template, its variables at a press, and what the server makes of it. */
export function PathTemplateField({ value, error, onChange }: PathTemplateFieldProps) {
  const input = useRef<HTMLInputElement>(null)
  const template = value.trim() || DEFAULT_TEMPLATE
  const asked = useDebounced(template, SETTLED_MS)
  const preview = useQuery(pathPreviewQuery(asked))
  const refused = asked === template && isRefusal(preview.error) ? preview.error.message : undefined
  const insert = (variable: string) => {
    const element = input.current
    if (!element) return
    const start = element.selectionStart ?? value.length
    onChange(value.slice(0, start) + variable + value.slice(element.selectionEnd ?? start))
    element.focus()
    // The new text is drawn first; else the caret would jump to its end.
    requestAnimationFrame(() => element.setSelectionRange(start + variable.length, start + variable.length))
  }
  return (
    <div>
      <TextField
        label="Path of a file"
        name="s3PathTemplate"
        ref={input}
        value={value}
        placeholder={DEFAULT_TEMPLATE}
        error={error ?? refused}
        hint="Below the bucket. Files that are there already stay where they are."
        onChange={(event) => onChange(event.target.value)}
        autoComplete="off"
        spellCheck={false}
      />
      <div role="group" aria-label="Insert into the path" className="mt-2 flex flex-wrap gap-1.5">
        {TEMPLATE_VARIABLES.map(({ name, meaning }) => (
          <button
            key={name}
            type="button"
            title={meaning}
            aria-label={`Insert ${name}, ${meaning}`}
            onClick={() => insert(name)}
            className="min-h-7 rounded-full border border-line bg-surface px-2.5 font-mono text-xs text-muted transition-colors hover:bg-hover hover:text-text"
          >
            {name}
          </button>
        ))}
      </div>
      <Examples preview={preview} current={asked === template && !preview.isPlaceholderData} />
    </div>
  )
}

/** One example is longer than S3 allows; what matters of it is how it begins, and how its end was cut. */
function shortened(text: string): string {
  return text.length > 160 ? `${text.slice(0, 80)} … ${text.slice(-60)}` : text
}

function isRefusal(error: Error | null): error is ApiError {
  return error instanceof ApiError && error.status === 422
}

type Preview = { data: { examples: { path: string; key: string }[] } | undefined; error: Error | null; isFetching: boolean; refetch: () => unknown }

function Examples({ preview, current }: { preview: Preview; current: boolean }) {
  // The field itself says what is wrong with it.
  if (isRefusal(preview.error)) return null
  if (preview.error) {
    return (
      <div role="alert" className="mt-2 flex flex-wrap items-center justify-between gap-2 rounded-md bg-waiting-soft px-3 py-2">
        <p className="min-w-0 flex-1 basis-48">The preview could not be loaded.</p>
        <Button className="h-8" busy={preview.isFetching} onClick={() => void preview.refetch()}>
          Try again
        </Button>
      </div>
    )
  }
  return (
    <div role="status" aria-label="Preview of the path" className={cn('mt-2 rounded-md bg-sunken px-3 py-2 text-xs', !current && 'opacity-60')}>
      {preview.data ? (
        <ul className="space-y-1.5">
          {preview.data.examples.map(({ path, key }) => (
            <li key={path}>
              <p className="text-muted [overflow-wrap:anywhere]" title={path}>
                {shortened(path)}
              </p>
              <p className="font-mono [overflow-wrap:anywhere]" title={key}>
                {shortened(key)}
              </p>
            </li>
          ))}
        </ul>
      ) : (
        <p className="text-muted">Asking the server for examples …</p>
      )}
    </div>
  )
}
