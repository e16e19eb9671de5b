import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const shots = fileURLToPath(new URL('../shots/', import.meta.url))

/** Against a hang, never an assertion on speed: the machine may be busy, and a seeder lets a new peer wait 10 s and more. */
const DEADLINE_MS = 120_000
const STEP_MS = 60_000

export const DESKTOP = { viewport: { width: 1440, height: 900 } }
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }

/** Debian's Chromium, quiet: it runs as root in a container and asks nobody outside. */
export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    timeout: DEADLINE_MS,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/**
 * A page of its own browser context. Everything that the browser complains about (scripts that threw, console errors, the
 * content security policy) is gathered in `page.complaints`.
 */
export async function openPage(browser, address, options = DESKTOP) {
  const context = await browser.newContext({ baseURL: address, locale: 'en-GB', timezoneId: 'Europe/Berlin', reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(STEP_MS)
  const page = await context.newPage()
  page.complaints = []
  page.on('pageerror', (error) => page.complaints.push(`${page.url()}: ${error.stack}`))
  page.on('console', (message) => {
    // Chromium writes every 4xx as an error, a login page's question who is there among them.
    const refused = /^Failed to load resource: .* status of 401 /.test(message.text()) && message.location().url.includes('/api/')
    if (message.type() === 'error' && !refused) page.complaints.push(`${page.url()}: ${message.text()} (${message.location().url})`)
  })
  return page
}

export async function signIn(page, { email, password }, path = '/jobs') {
  await page.goto(path)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('main').waitFor()
  await page.waitForURL((url) => url.pathname === path)
}

/** Types everything that the form for an S3 storage asks. */
export async function fillStorageForm(page, { name, bucket, endpoint, key, secret }) {
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Service', { exact: true }).selectOption('custom')
  await page.getByLabel('Endpoint').fill(endpoint)
  await page.getByLabel('Region').fill('us-east-1')
  await page.getByLabel('Bucket').fill(bucket)
  await page.getByLabel('Access key').fill(key)
  await page.getByLabel('Secret key').fill(secret)
}

/** Sends a .torrent and waits for its tree of files. */
export async function chooseTorrent(page, file) {
  await page.goto('/new')
  await page.getByLabel('Torrent file').setInputFiles(file)
  await page.getByRole('tree', { name: 'Files' }).waitFor()
}

/** Calls probe until it answers something true, and returns that. */
export async function until(what, probe, timeout = DEADLINE_MS) {
  const end = Date.now() + timeout
  for (;;) {
    const answer = await probe()
    if (answer) return answer
    if (Date.now() > end) assert.fail(`after ${timeout / 1000} s still not: ${what} (last answer: ${JSON.stringify(answer)})`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

export const jobState = (page) => page.locator('main [data-testid=job-state]').first()

/** The job page shows this status; a final one that was not asked for fails at once. */
export async function waitForStatus(page, status) {
  const final = ['COMPLETED', 'FAILED', 'CANCELLED', 'TORRENT_FAILED', 'UPLOAD_FAILED']
  await until(`the page shows ${status}`, async () => {
    const shown = await jobState(page).getAttribute('data-status')
    if (final.includes(shown) && shown !== status) assert.fail(`the job is ${shown}: ${await page.getByRole('main').innerText()}`)
    return shown === status
  })
}

/** What the bar says, as [downloaded, uploaded] in percent; "< 0.1 %" is 0. */
export async function progress(page) {
  const text = await page.locator('main').getByRole('progressbar', { name: 'Progress' }).first().getAttribute('aria-valuetext')
  const match = /^(<?\s?[\d.]+)\s%\sdownloaded,\s(<?\s?[\d.]+)\s%\suploaded$/u.exec(text)
  assert.ok(match, `the bar says ${JSON.stringify(text)}`)
  return [match[1], match[2]].map((figure) => (figure.startsWith('<') ? 0 : Number(figure)))
}

/** Nothing of the page stands beyond the right edge of the screen. */
export async function assertFits(page) {
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
  assert.ok(content <= screen, `${page.url()} is ${content} wide on a screen of ${screen}`)
}

/** No serious or critical violation of the accessibility rules that axe can decide. */
export async function assertAccessible(page) {
  // By the debugger, for which the page's content security policy does not count.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const told = grave.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html }) => `  ${html}`).join('\n')}`)
  assert.equal(told.length, 0, `${page.url()}\n${told.join('\n')}`)
}

/** A picture of the page as it is, for whoever wants to look at it. */
export async function shoot(page, name) {
  mkdirSync(shots, { recursive: true })
  await page.screenshot({ path: `${shots}${name}-${page.viewportSize().width}.png` })
}
