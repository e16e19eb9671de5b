/** A storage's own page against a real S3 server, and Google Drive against a strict Google: popup, whole window, new login. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assertAccessible, openBrowser, openPage, PHONE, shoot, signIn, until } from './support/browser.mjs'
import { openRig } from './support/rig.mjs'

const CALLBACK = '/proxy/api/storage/gdrive/callback'
const ACCOUNT = 'ada@example.org'

describe('a storage of one’s own', { concurrency: false }, () => {
  const rig = openRig()
  let browser, page, person, address, bucket

  before(async () => {
    person = await rig.person('Dora Drive')
    address = await rig.address()
    bucket = await rig.bucket()
    await rig.connect(person, bucket, 'Archive')
    browser = await openBrowser()
    page = await openPage(browser, address)
    await signIn(page, person)
  })
  after(async () => {
    await browser?.close()
    await rig.googleOrder({})
    await rig.close()
  })

  it('is tested step by step on its page', async () => {
    await page.goto('/storage')
    await page.getByTestId('profile-card').getByRole('link', { name: 'Archive' }).click()
    await page.waitForURL(/\/storage\/\d+$/)
    const connection = page.getByRole('region', { name: 'Connection' })
    await connection.getByText(bucket).waitFor()
    const { secret } = await rig.storage()
    assert.ok(!(await page.content()).includes(secret), 'the secret key is on the page')
    await page.getByRole('button', { name: 'Test now' }).click()
    const result = page.getByRole('status', { name: 'Test result' })
    await result.getByRole('heading', { name: 'The storage works' }).waitFor()
    assert.equal(await result.getByLabel('passed').count(), 4)
    await assertAccessible(page)
    await shoot(page, 'profile-tested')
    await page.reload()
    await page.locator('[data-testid=last-check][data-ok=true]').waitFor()
  })

  it('is renamed', async () => {
    await page.getByRole('button', { name: 'Rename' }).click()
    const dialog = page.getByRole('dialog', { name: 'Rename this storage' })
    await dialog.getByLabel('Name').fill('Attic')
    await dialog.getByRole('button', { name: 'Rename' }).click()
    await page.getByRole('heading', { level: 1, name: 'Attic' }).waitFor()
  })

  it('is not moved to a bucket that does not exist, and is moved to one that does', async () => {
    const other = await rig.bucket()
    await page.getByRole('region', { name: 'Connection' }).getByRole('button', { name: 'Edit' }).click()
    const form = page.getByRole('form', { name: 'Change the connection' })
    await form.getByLabel('Bucket').fill(`${other}-typo`)
    await form.getByRole('button', { name: 'Save' }).click()
    await form.getByRole('button', { name: 'Save without the test' }).waitFor()
    await assertAccessible(page)
    await shoot(page, 'profile-refused')
    await form.getByLabel('Bucket').fill(other)
    await form.getByText(/^Advanced/).click()
    await form.getByLabel('Path of a file').fill('films/{pth}')
    await form.getByText('The path template has no variable {pth}').waitFor()
    await form.getByLabel('Path of a file').fill('films/{year}/{path}')
    await form.getByRole('status', { name: 'Preview of the path' }).getByText(/^films\/\d{4}\/.*\.mkv$/).first().waitFor()
    await assertAccessible(page)
    await shoot(page, 'profile-options')
    await form.getByRole('button', { name: 'Save' }).click()
    await form.waitFor({ state: 'detached' })
    await page.getByRole('region', { name: 'Connection' }).getByText(other, { exact: true }).waitFor()
    await page.getByRole('region', { name: 'Connection' }).getByText('films/{year}/{path}').waitFor()
  })

  it('Google Drive: credentials are saved with the guide’s redirect URI', async () => {
    await page.goto('/storage/google-drive')
    assert.equal(await page.getByTestId('redirect-uri').innerText(), address + CALLBACK)
    const client = await rig.googleClient(address + CALLBACK)
    const form = page.getByRole('form', { name: 'Google credentials' })
    await form.getByLabel('Client ID').fill(client.clientId)
    await form.getByLabel('Client secret').fill(client.clientSecret)
    await form.getByLabel('Name of the credentials').fill('Work project')
    await shoot(page, 'google-guide')
    await form.getByRole('button', { name: 'Save credentials' }).click()
    await page.getByRole('button', { name: 'Connect with Google' }).waitFor()
    const row = await page.getByTestId('credential-row').innerText()
    assert.ok(!row.includes(client.clientId) && !row.includes(client.clientSecret), row)
  })

  it('Google Drive: a refusal comes back in a sentence', async () => {
    await rig.googleOrder({ consent: { do: 'deny' } })
    const popup = page.waitForEvent('popup')
    await page.getByRole('button', { name: 'Connect with Google' }).click()
    const gone = (await popup).waitForEvent('close')
    const alert = page.getByRole('alert', { name: 'The login at Google failed' })
    await alert.getByRole('heading', { name: 'Access was not granted' }).waitFor()
    await gone
    await assertAccessible(page)
    await shoot(page, 'google-denied')
  })

  it('Google Drive: a popup connects and closes, and the page goes on', async () => {
    await rig.googleOrder({})
    await page.getByLabel('Name', { exact: true }).fill('Work Drive')
    let letGo
    const looking = new Promise((resolve) => (letGo = resolve))
    await page.context().route('**/o/oauth2/**', async (route) => {
      await looking
      await route.continue()
    })
    const popup = page.waitForEvent('popup')
    await page.getByRole('button', { name: 'Connect with Google' }).click()
    const gone = (await popup).waitForEvent('close')
    await page.getByRole('status', { name: 'Login at Google' }).waitFor()
    await assertAccessible(page)
    await shoot(page, 'google-waiting')
    letGo()
    await page.waitForURL(/\/storage\/\d+$/)
    await gone
    await page.getByRole('heading', { level: 1, name: 'Work Drive' }).waitFor()
    await page.getByRole('region', { name: 'Connection' }).getByText(ACCOUNT).waitFor()
    await page.getByRole('region', { name: 'Usage' }).getByRole('meter').nth(1).waitFor()
    await page.getByRole('button', { name: 'Change', exact: true }).click()
    const folder = page.getByRole('form', { name: 'Change the folder' })
    await folder.getByLabel('Folder in Google Drive').fill('https://drive.google.com/drive/folders/1NobodyHasThisFolderAtAll')
    await folder.getByRole('button', { name: 'Save' }).click()
    await folder.getByText('Google Drive does not show this folder').waitFor()
    await assertAccessible(page)
    await shoot(page, 'google-folder-refused')
    await folder.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Test now' }).click()
    await page.getByRole('status', { name: 'Test result' }).getByRole('heading', { name: 'The storage works' }).waitFor()
    await assertAccessible(page)
    await shoot(page, 'google-connected')
  })

  it('Google Drive: the same account cannot be connected twice, on a phone in the whole window', async () => {
    const phone = await openPage(browser, address, PHONE)
    await signIn(phone, person, '/storage/google-drive')
    await phone.getByRole('button', { name: 'Connect with Google' }).click()
    await phone.getByRole('heading', { name: `${ACCOUNT} is connected already` }).waitFor()
    assert.equal(new URL(phone.url()).pathname, '/storage')
    await assertAccessible(phone)
    await shoot(phone, 'google-twice')
    await phone.getByRole('button', { name: 'Dismiss' }).click()
    await phone.waitForURL('/storage')
    assert.deepEqual(phone.complaints, [])
    await phone.context().close()
  })

  it('Google Drive: a login that ended is renewed with one press', async () => {
    await rig.googleRevoke(ACCOUNT)
    await page.getByRole('button', { name: 'Test now' }).click()
    await page.getByRole('status', { name: 'Test result' }).getByRole('heading', { name: 'The storage cannot be used like this' }).waitFor()
    const again = page.getByRole('button', { name: 'Log in again' })
    await again.waitFor()
    await assertAccessible(page)
    await shoot(page, 'google-needs-login')
    const popup = page.waitForEvent('popup')
    await again.click()
    const gone = (await popup).waitForEvent('close')
    await page.getByText('Work Drive is connected again.').waitFor()
    await gone
    await again.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Test now' }).click()
    await page.getByRole('status', { name: 'Test result' }).getByRole('heading', { name: 'The storage works' }).waitFor()
  })

  it('Google Drive: credentials in use stay until the storage is disconnected', async () => {
    const storage = page.url()
    const remove = async () => {
      await page.goto('/storage/google-drive')
      await page.getByRole('button', { name: 'Actions for Work project' }).click()
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
    }
    await remove()
    await page.getByText('Disconnect that storage first', { exact: false }).waitFor()
    await page.goto(storage)
    await page.getByRole('button', { name: 'Disconnect' }).click()
    await page.getByRole('alertdialog', { name: 'Disconnect this storage?' }).getByRole('button', { name: 'Disconnect' }).click()
    await page.waitForURL('/storage')
    await until('one storage is left', async () => (await page.getByTestId('profile-card').count()) === 1)
    await remove()
    await page.getByTestId('redirect-uri').waitFor()
    const asked = 'POST /token: invalid_grant: Token has been expired or revoked.'
    assert.deepEqual((await rig.googleComplaints()).filter((complaint) => complaint !== asked), [])
  })

  it('the browser had nothing to complain about', () => {
    // Chromium writes every 4xx as an error; these were asked for.
    const expected = /status of 4(22 .*\/(profiles\/\d+|preview-path)|00 .*\/credentials\/\d+)\)$/
    assert.deepEqual(page.complaints.filter((line) => !expected.test(line)), [])
  })
})
