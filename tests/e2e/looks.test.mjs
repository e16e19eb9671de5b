/** Every page on a phone and on a desktop, dark and light: it fits, it is accessible, the browser does not complain. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assertAccessible, assertFits, chooseTorrent, DESKTOP, openBrowser, openPage, PHONE, shoot, signIn } from './support/browser.mjs'
import { MIB, openRig } from './support/rig.mjs'

const looks = [
  { name: 'a phone, light', options: { ...PHONE, colorScheme: 'light' } },
  { name: 'a phone, dark', options: { ...PHONE, colorScheme: 'dark' } },
  { name: 'a desktop, light', options: { ...DESKTOP, colorScheme: 'light' } },
  { name: 'a desktop, dark', options: { ...DESKTOP, colorScheme: 'dark' } },
]

describe('every page', { concurrency: false }, () => {
  const rig = openRig()
  let browser, person, torrent, done, stuck

  before(async () => {
    person = await rig.person('Una Phone')
    torrent = await rig.oddTorrent('Season 1 complete with a name that is far too long for any screen [1080p x265 10bit HDR]')
    const storage = 'A storage with a rather long name of its own'
    await rig.connect(person, await rig.bucket(), storage)
    const orphan = await rig.torrent('nobody has it', { 'a/very/deep/folder/of/one/file.bin': MIB }, false)
    done = await rig.startJob(person, storage, torrent.name)
    stuck = await rig.startJob(person, storage, orphan.name)
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await rig.close()
  })

  for (const { name, options } of looks) {
    it(`on ${name}`, async () => {
      const page = await openPage(browser, await rig.address(), options)
      const look = async (what) => {
        await assertFits(page)
        await assertAccessible(page)
        await shoot(page, `${options.colorScheme}-${what}`)
      }
      await page.goto('/login')
      await page.getByRole('button', { name: 'Sign in' }).waitFor()
      await look('login')
      await signIn(page, person)
      await page.getByTestId('job-row').nth(1).waitFor()
      await look('jobs')
      const nav = await page.getByRole('navigation', { name: 'Main' }).boundingBox()
      const { height } = page.viewportSize()
      if (options.isMobile) assert.ok(nav.y > height - 100 && nav.y + nav.height <= height, `the bar is at ${nav.y}`)
      for (const [what, id] of Object.entries({ done, stuck })) {
        await page.goto(`/jobs/${id}`)
        await page.getByTestId('file-row').first().waitFor()
        await page.getByRole('region', { name: 'Timeline' }).getByRole('listitem').first().waitFor()
        await look(`job-${what}`)
      }
      await page.goto(`/jobs/${done}?view=proof`)
      await page.getByTestId('proof-row').first().waitFor()
      await page.getByRole('table').scrollIntoViewIfNeeded()
      await look('job-proof')
      await chooseTorrent(page, torrent.file)
      await look('new')
      await page.goto('/storage')
      const card = page.getByTestId('profile-card')
      await card.waitFor()
      await look('storage')
      const profileId = await card.getAttribute('data-profile-id')
      await page.goto(`/storage/${profileId}`)
      await page.getByRole('region', { name: 'Connection' }).waitFor()
      await look('storage-profile')
      await page.getByRole('button', { name: 'Edit' }).click()
      await page.getByRole('form', { name: 'Change the connection' }).waitFor()
      await look('storage-profile-edit')
      await page.goto('/storage?error=AccessDenied&message=no')
      await page.getByRole('alert', { name: 'The login at Google failed' }).waitFor()
      await look('storage-refused')
      await page.goto('/storage/new')
      await page.getByRole('link', { name: 'Google Drive' }).waitFor()
      await look('storage-new')
      await page.goto('/storage/new/s3')
      await page.getByRole('form').waitFor()
      await page.getByText('The server has a self-signed certificate').click()
      await page.getByLabel('CA certificate', { exact: true }).waitFor()
      await look('storage-new-s3')
      await page.getByText(/^Advanced/).click()
      const preview = page.getByRole('status', { name: 'Preview of the path' })
      await preview.getByRole('listitem').nth(2).waitFor()
      await preview.scrollIntoViewIfNeeded()
      await look('storage-new-s3-advanced')
      await page.goto('/storage/google-drive')
      await page.getByTestId('redirect-uri').waitFor()
      await look('storage-google')
      await page.goto('/account')
      await page.getByTestId('session-row').first().waitFor()
      await page.getByRole('heading', { name: 'There is no API key' }).waitFor()
      await look('account')
      await page.getByRole('button', { name: 'New key' }).click()
      await page.getByRole('dialog', { name: 'New API key' }).waitFor()
      await look('account-new-key')
      await page.goto('/no/such/page')
      await page.getByRole('heading', { name: 'There is no page here' }).waitFor()
      await look('not-found')
      assert.equal(await isDark(page), options.colorScheme === 'dark')
      assert.deepEqual(page.complaints, [])
      await page.context().close()
    })
  }
})

/** Is the page's background darker than its text, as the browser paints them. */
function isDark(page) {
  return page.evaluate(() => {
    const light = (color) => {
      const canvas = new OffscreenCanvas(1, 1).getContext('2d')
      canvas.fillStyle = color
      canvas.fillRect(0, 0, 1, 1)
      return canvas.getImageData(0, 0, 1, 1).data.slice(0, 3).reduce((sum, part) => sum + part, 0)
    }
    const { backgroundColor, color } = getComputedStyle(document.body)
    return light(backgroundColor) < light(color)
  })
}
