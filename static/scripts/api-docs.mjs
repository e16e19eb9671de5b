/** GET /api/docs: docs/openapi.yaml as one page that needs no script, and the file itself, into dist/docs for nginx. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { load } from 'js-yaml'

const root = new URL('../', import.meta.url)
const read = (path) => readFileSync(new URL(path, root), 'utf8')
const source = read('../docs/openapi.yaml')
const spec = load(source)

const METHODS = ['get', 'post', 'put', 'patch', 'delete']
const escape = (text) => String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c])
const code = (text) => `<code>${escape(text)}</code>`
const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')

/** The little Markdown that descriptions use: `code`, **bold**, paragraphs. */
const inline = (text = '') => escape(text.trim()).replace(/`([^`]+)`/g, '<code>$1</code>').replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
const paragraphs = (text = '') =>
  text
    .trim()
    .split(/\n\s*\n/)
    .filter(Boolean)
    .map((part) => `<p>${inline(part)}</p>`)
    .join('\n')

function resolve(node) {
  if (!node?.$ref) return node
  const found = node.$ref
    .slice(2)
    .split('/')
    .reduce((at, key) => at?.[key], spec)
  if (!found) throw new Error(`docs/openapi.yaml: ${node.$ref} leads nowhere`)
  return found
}

/** A link to a named schema, else its kind in words. */
function kind(schema = {}) {
  const name = /^#\/components\/schemas\/(.+)$/.exec(schema.$ref ?? '')?.[1]
  if (name) return `<a href="#schema-${slug(name)}">${escape(name)}</a>`
  if (schema.items) return `array of ${kind(schema.items)}${[schema.type].flat().includes('null') ? ' or null' : ''}`
  if ('const' in schema) return code(JSON.stringify(schema.const))
  if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(' | ')
  const options = schema.anyOf ?? schema.oneOf
  if (options) return options.map(kind).join(' or ')
  if (schema.allOf) return schema.allOf.map((part) => (part.$ref ? kind(part) : 'more members')).join(' with ')
  return escape([schema.type ?? 'anything'].flat().join(' or ')) + (schema.format ? ` (${escape(schema.format)})` : '')
}

function bounds({ minimum, maximum, pattern, default: fallback, maxLength }) {
  const parts = []
  if (minimum !== undefined) parts.push(`at least ${minimum}`)
  if (maximum !== undefined) parts.push(`at most ${maximum}`)
  if (maxLength !== undefined) parts.push(`at most ${maxLength} characters`)
  if (pattern) parts.push(`matches ${code(pattern)}`)
  if (fallback !== undefined) parts.push(`default ${code(JSON.stringify(fallback))}`)
  return parts.length ? `, ${parts.join(', ')}` : ''
}

/** The members of an object, of what it is made of, or of the elements of an array. */
function members(schema = {}) {
  if (schema.items && !schema.items.$ref) return members(schema.items)
  const own = Object.entries(schema.properties ?? {}).map(([name, member]) => {
    const optional = schema.required && !schema.required.includes(name) ? ' <span class="muted">optional</span>' : ''
    const words = member.description ? ` – ${inline(member.description)}` : ''
    return `<dt>${code(name)} <span class="muted">${kind(member)}${bounds(member)}</span>${optional}${words}</dt>${nested(member)}`
  })
  return own.join('\n') + (schema.allOf ?? []).filter((part) => !part.$ref).map(members).join('\n')
}

function nested(schema) {
  const inner = schema.$ref ? '' : members(schema)
  return inner ? `<dd><dl>${inner}</dl></dd>` : ''
}

function content(types = {}) {
  return Object.entries(types)
    .map(([type, { schema }]) => `<p class="muted">${code(type)} ${kind(schema)}</p>${members(schema) && !schema.$ref ? `<dl>${members(schema)}</dl>` : ''}`)
    .join('\n')
}

function security(operation) {
  const ways = operation.security ?? spec.security
  const names = ways.map((way) => Object.keys(way).join(' and ') || 'nothing')
  return names.length ? `needs ${names.map(escape).join(' or ')}` : 'open to everybody'
}

function parameters(list) {
  if (!list.length) return ''
  const rows = list.map(resolve).map(
    (p) => `<dt>${code(p.name)} <span class="muted">${escape(p.in)}, ${kind(p.schema)}${bounds(p.schema ?? {})}</span> ${inline(p.description)}</dt>`,
  )
  return `<h4>Parameters</h4><dl>${rows.join('\n')}</dl>`
}

function responses(all) {
  const rows = Object.entries(all).map(([status, response]) => {
    const { description, headers, content: types } = resolve(response)
    const extra = headers ? ` <span class="muted">with ${Object.keys(headers).map(code).join(', ')}</span>` : ''
    const problem = types?.['application/problem+json']
    return `<dt><strong>${escape(status)}</strong> ${inline(description)}${extra}</dt>${types && !problem ? `<dd>${content(types)}</dd>` : ''}`
  })
  return `<h4>Answers</h4><dl>${rows.join('\n')}</dl>`
}

const operations = Object.entries(spec.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => {
    const operation = item[method]
    return { path, method, operation, id: slug(`${method} ${path}`), tag: operation.tags[0], shared: item.parameters ?? [] }
  }),
)

const badge = (method) => `<span class="method ${method}">${method.toUpperCase()}</span>`

function article({ path, method, operation, id, shared }) {
  const body = operation.requestBody && resolve(operation.requestBody)
  return `<article id="${id}">
<h3>${badge(method)} ${code(path)}</h3>
<p><strong>${inline(operation.summary)}</strong> <span class="muted">– ${security(operation)}</span></p>
${paragraphs(operation.description)}
${parameters([...shared, ...(operation.parameters ?? [])])}
${body ? `<h4>Body</h4>${paragraphs(body.description)}${content(body.content)}` : ''}
${responses(operation.responses)}
</article>`
}

function section({ name }) {
  const mine = operations.filter(({ tag }) => tag === name)
  return `<h2 id="${slug(name)}">${escape(name)}</h2>\n${mine.map(article).join('\n')}`
}

function index({ name }) {
  const links = operations
    .filter(({ tag }) => tag === name)
    .map(({ method, path, id, operation }) => `<li><a href="#${id}">${badge(method)} ${escape(operation.summary)}</a> <span class="muted">${escape(path)}</span></li>`)
  return `<h4>${escape(name)}</h4><ul>${links.join('\n')}</ul>`
}

const schemas = Object.entries(spec.components.schemas).map(
  ([name, schema]) => `<article id="schema-${slug(name)}"><h3>${escape(name)}</h3><p class="muted">${kind(schema)}${bounds(schema)}</p>
${paragraphs(schema.description)}<dl>${members(schema)}</dl></article>`,
)

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(spec.info.title)} API</title>
<link rel="stylesheet" href="/api/docs.css">
</head>
<body>
<main>
<h1>${escape(spec.info.title)} API ${escape(spec.info.version)}</h1>
<p>${inline(spec.info.summary)} The same for programs: <a href="/api/openapi.yaml">openapi.yaml</a>.</p>
${paragraphs(spec.info.description)}
<nav aria-label="Operations">
${spec.tags.map(index).join('\n')}
</nav>
${spec.tags.map(section).join('\n')}
<h2 id="schemas">Schemas</h2>
${schemas.join('\n')}
</main>
</body>
</html>
`
const untagged = operations.filter(({ tag }) => !spec.tags.some(({ name }) => name === tag))
if (untagged.length) throw new Error(`docs/openapi.yaml: no such tag: ${untagged.map(({ id }) => id).join(', ')}`)

mkdirSync(new URL('dist/docs/', root), { recursive: true })
writeFileSync(new URL('dist/docs/index.html', root), page)
writeFileSync(new URL('dist/docs/docs.css', root), read('src/styles/tokens.css') + read('docs/docs.css'))
writeFileSync(new URL('dist/docs/openapi.yaml', root), source)
