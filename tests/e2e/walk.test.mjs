/** The main job as a person does it: log in, connect a bucket, choose files of a torrent, watch, find them in the bucket. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { assertAccessible, fillStorageForm, openBrowser, openPage, progress, shoot, signIn, until, waitForStatus } from './support/browser.mjs'
import { MIB, openRig } from './support/rig.mjs'

describe('from the login to the bucket', { concurrency: false }, () => {
  const rig = openRig()
  let browser, page, person, bucket, torrent, jobId

  before(async () => {
    person = await rig.person('Ada Walker')
    bucket = await rig.bucket()
    torrent = await rig.oddTorrent('Große Reise – 旅 & more')
    browser = await openBrowser()
    page = await openPage(browser, await rig.address())
  })
  after(async () => {
    await browser?.close()
    await rig.close()
  })

  it('a wrong password is told in a sentence', async () => {
    await page.goto('/')
    await page.getByLabel('E-mail').fill(person.email)
    await page.getByLabel('Password').fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    const sentence = await page.getByRole('alert').innerText()
    assert.equal(sentence, 'This e-mail and password do not match. Check both; capital letters count in the password.')
    await assertAccessible(page)
    await shoot(page, 'login-refused')
  })

  it('the first visit is a guide', async () => {
    await signIn(page, person)
    await page.getByRole('heading', { name: 'Three steps to the first job' }).waitFor()
    await assertAccessible(page)
    await shoot(page, 'first-run')
    await page.getByRole('link', { name: 'Storage', exact: true }).click()
    await page.getByRole('heading', { name: 'No storage is connected' }).waitFor()
    await assertAccessible(page)
    await shoot(page, 'storage-empty')
  })

  it('a storage that does not work says at which step', async () => {
    await page.getByRole('main').getByRole('link', { name: 'Connect a storage' }).click()
    await page.getByRole('link', { name: 'S3-compatible storage' }).click()
    await fillStorageForm(page, { name: 'Archive at home', bucket: `${bucket}-typo`, ...(await rig.storage()) })
    await page.getByRole('button', { name: 'Test' }).click()
    const result = page.getByRole('status', { name: 'Test result' })
    await result.getByRole('heading', { name: 'The storage cannot be used like this' }).waitFor()
    assert.ok((await result.getByLabel('failed').count()) > 0, await result.innerText())
    await shoot(page, 'storage-refused')
  })

  it('a storage is tested step by step and connected', async () => {
    await page.getByLabel('Bucket').fill(bucket)
    await page.getByLabel('Use as the default destination').check()
    await page.getByRole('button', { name: 'Test' }).click()
    const result = page.getByRole('status', { name: 'Test result' })
    await result.getByRole('heading', { name: 'The storage works' }).waitFor()
    assert.deepEqual(await result.getByRole('listitem').locator('p').evaluateAll((steps) => steps.map((step) => step.firstChild.textContent)), [
      'Write an object',
      'Upload in parts',
      'Read its size and checksum back',
      'Delete it again',
    ])
    assert.equal(await result.getByLabel('passed').count(), 4)
    assert.equal(await result.getByLabel('failed').count(), 0)
    await assertAccessible(page)
    await shoot(page, 'storage-tested')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL('/storage')
    const card = page.getByTestId('profile-card')
    assert.equal(await card.getByRole('heading').innerText(), 'Archive at home')
    assert.match(await card.innerText(), /Default/)
  })

  it('a dropped torrent shows its tree and its swarm', async () => {
    await page.keyboard.press('n')
    await page.waitForURL('/new')
    await drop(page, torrent)
    const tree = page.getByRole('tree', { name: 'Files' })
    await tree.waitFor()
    const rows = await tree.getByRole('treeitem').evaluateAll((items) => items.map((item) => item.textContent.replaceAll('\u00a0', ' ')))
    assert.deepEqual(rows, [
      'extras, folder, 1 file, 3.0 MiB',
      'left out.mkv, 3.0 MiB',
      'sub, folder, 3 files, 365.5 KiB',
      'deep er, folder, 1 file, 68.4 KiB',
      'and deeper, folder, 1 file, 68.4 KiB',
      'one.dat, 68.4 KiB',
      "a+b %41 & c='d' (e) [f];,~!@$.txt, 4.2 KiB",
      'Ünïcödé ☂ 日本語.mkv, 293.0 KiB',
      'empty.bin, 0 B',
      'large.bin, 24.0 MiB',
      'one byte, 1 B',
      'readme.txt, 1.2 KiB',
    ])
    await page.getByRole('heading', { name: torrent.name }).waitFor()
    const figures = page.getByRole('region', { name: 'Swarm' }).locator('dd')
    assert.deepEqual(await figures.allInnerTexts(), ['1', '0', '0'])
  })

  it('the keyboard alone closes a folder and leaves one file out', async () => {
    const tree = page.getByRole('tree', { name: 'Files' })
    const current = () => tree.evaluate((element) => document.getElementById(element.getAttribute('aria-activedescendant')).title)
    const goTo = async (path) => {
      await page.keyboard.press('Home')
      for (let steps = 0; (await current()) !== path; steps += 1) {
        assert.ok(steps < 20, `the arrows do not reach ${path}`)
        await page.keyboard.press('ArrowDown')
      }
    }
    await tree.focus()
    await goTo('sub')
    await page.keyboard.press('ArrowLeft')
    assert.equal(await tree.getByRole('treeitem').count(), 7)
    await page.keyboard.press('ArrowRight')
    assert.equal(await tree.getByRole('treeitem').count(), 12)
    await goTo(torrent.unwanted)
    await page.keyboard.press('Space')
    assert.equal(await tree.locator(`[title="${torrent.unwanted}"]`).getAttribute('aria-checked'), 'false')
    assert.equal(await tree.locator('[title=extras]').getAttribute('aria-checked'), 'false')
    assert.match(await page.getByRole('status', { name: 'Selection' }).innerText(), /^7\sof\s8\sfiles/u)
    await assertAccessible(page)
    await shoot(page, 'new-chosen')
  })

  it('it starts and moves live, by the stream alone', async () => {
    await rig.rates(3 * MIB, 2 * MIB)
    await page.getByRole('button', { name: 'Start' }).click()
    await page.waitForURL(/\/jobs\/\d+$/)
    jobId = Number(page.url().split('/').at(-1))
    await page.getByRole('progressbar', { name: 'Progress' }).waitFor()
    // From here on no question about jobs is answered: what moves was pushed.
    const held = []
    await page.route(/\/api\/jobs/, (route) => {
      if (route.request().method() === 'GET') held.push(route)
      else void route.continue()
    })
    const down = new Set()
    await until('the download has moved under our eyes', async () => {
      const [share] = await progress(page)
      if (share > 0 && share < 100) down.add(share)
      return down.size >= 3
    })
    await assertAccessible(page)
    await shoot(page, 'job-download')
    const up = new Set()
    await until('the upload has moved under our eyes', async () => {
      const [, share] = await progress(page)
      if (share > 2 && share < 100) up.add(share)
      return up.size >= 2
    })
    await shoot(page, 'job-upload')
    await page.unroute(/\/api\/jobs/)
    await Promise.all(held.map((route) => route.continue().catch(() => undefined)))
  })

  it('the files follow, though events carry none', async () => {
    await page.locator('[data-testid=file-row][data-state=done]').first().waitFor()
    assert.notEqual(await page.locator('main [data-testid=job-state]').getAttribute('data-status'), 'COMPLETED')
  })

  it('it is done, and the page says so without a reload', async () => {
    await rig.rates(0, 0)
    await waitForStatus(page, 'COMPLETED')
    await until('the bar is full', async () => (await progress(page)).every((share) => share === 100))
    await until('every file is done', async () => (await page.locator('[data-testid=file-row][data-state=done]').count()) === 7)
    assert.equal(await page.getByTestId('file-row').count(), 7)
    await page.getByRole('region', { name: 'Timeline' }).getByRole('listitem').nth(2).waitFor()
    await assertAccessible(page)
    await shoot(page, 'job-done')
  })

  it('the proof names every file, and sha256sum agrees', async () => {
    await page.getByRole('tab', { name: 'Proof' }).click()
    const proof = page.getByRole('region', { name: 'Proof' })
    assert.equal(spaced(await proof.getByTestId('proof-summary').innerText()), '7 of 7 files verified at the destination')
    assert.equal(await proof.locator('[data-testid=proof-row][data-state=done]').count(), 7)
    await proof.getByRole('button', { name: 'large.bin', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Proof of one file' })
    await dialog.getByText(`torrents/${jobId}/`).waitFor()
    await assertAccessible(page)
    await shoot(page, 'job-proof-file')
    await dialog.getByRole('button', { name: 'Close' }).click()
    const download = page.waitForEvent('download')
    await proof.getByRole('link', { name: 'sha256sum' }).click()
    const lines = readFileSync(await (await download).path(), 'utf8')
    const ofNothing = createHash('sha256').digest('hex')
    assert.match(lines, new RegExp(`^${ofNothing} [ *].*empty\\.bin$`, 'm'))
    assert.equal(lines.trimEnd().split('\n').length, 7)
  })

  it('the bucket holds exactly the chosen files', async () => {
    const chosen = Object.keys(torrent.files).filter((path) => path !== torrent.unwanted)
    assert.equal(chosen.length, 7)
    await rig.checkBucket(bucket, torrent.name, jobId, chosen)
  })

  it('the browser had nothing to complain about', () => assert.deepEqual(page.complaints, []))
})

/** With plain spaces: figures have no-break ones. */
const spaced = (text) => text.replaceAll('\u00a0', ' ')

/** As the desktop does it: a file over the zone, let go. */
async function drop(page, { name, file }) {
  const bytes = readFileSync(file).toString('base64')
  const transfer = await page.evaluateHandle(
    ([fileName, base64]) => {
      const data = new DataTransfer()
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], fileName, { type: 'application/x-bittorrent' }))
      return data
    },
    [`${name}.torrent`, bytes],
  )
  const zone = page.getByRole('button', { name: 'Choose a .torrent file' })
  await zone.dispatchEvent('dragover', { dataTransfer: transfer })
  await page.getByText('Let go to add it').waitFor()
  await page.getByRole('button', { name: 'Let go to add it' }).dispatchEvent('drop', { dataTransfer: transfer })
}
