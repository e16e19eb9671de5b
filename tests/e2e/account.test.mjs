/** The account: a password that ends the other sessions, sessions that are ended from afar, keys for programs. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assertAccessible, openBrowser, openPage, PHONE, shoot, signIn } from './support/browser.mjs'
import { openRig } from './support/rig.mjs'

const NEW_PASSWORD = 'a quiet meadow at dusk'

describe('the account', { concurrency: false }, () => {
  const rig = openRig()
  let browser, page, phone, person, address

  before(async () => {
    person = await rig.person('Lin Lock')
    address = await rig.address()
    browser = await openBrowser()
    page = await openPage(browser, address)
    await signIn(page, person)
    phone = await openPage(browser, address, PHONE)
    await signIn(phone, person)
  })
  after(async () => {
    await browser?.close()
    await rig.close()
  })

  it('is reached from the menu, and knows both sessions', async () => {
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByRole('menuitem', { name: 'Account and API keys' }).click()
    await page.waitForURL('/account')
    const rows = page.getByTestId('session-row')
    await rows.nth(1).waitFor()
    assert.equal(await rows.count(), 2)
    assert.equal(await page.locator('[data-testid=session-row][data-current=true]').count(), 1)
    assert.match(await page.locator('[data-testid=session-row][data-current=true]').innerText(), /Chrome on Linux\s*This session\s*127\.0\.0\.1/)
    await assertAccessible(page)
    await shoot(page, 'account')
  })

  it('ends another session, which is thrown to the login', async () => {
    await phone.goto('/storage')
    await phone.getByRole('heading', { name: 'No storage is connected' }).waitFor()
    await page.getByRole('button', { name: /^End the session of/ }).click()
    await page.getByText('You are signed in nowhere else.').waitFor()
    await phone.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Jobs' }).click()
    await phone.getByRole('button', { name: 'Sign in' }).waitFor()
    assert.equal(new URL(phone.url()).pathname, '/login')
  })

  it('refuses a wrong current password and a weak new one in words', async () => {
    await page.getByLabel('Current password').fill('not the password')
    await page.getByLabel('New password').fill('short')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Choose a password that meets all of these.').waitFor()
    await page.getByLabel('New password').fill(NEW_PASSWORD)
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('This is not your current password. Capital letters count.').waitFor()
    await assertAccessible(page)
    await shoot(page, 'password-refused')
  })

  it('changes the password: the other session ends, this one goes on', async () => {
    await signIn(phone, person)
    await page.getByLabel('Current password').fill(person.password)
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('The password is changed.').waitFor()
    await page.getByText('You are signed in nowhere else.').waitFor()
    await shoot(page, 'password-changed')
    await phone.goto('/account')
    await phone.getByRole('button', { name: 'Sign in' }).waitFor()
    await phone.getByLabel('E-mail').fill(person.email)
    await phone.getByLabel('Password').fill(person.password)
    await phone.getByRole('button', { name: 'Sign in' }).click()
    await phone.getByRole('alert').waitFor()
    await phone.getByLabel('Password').fill(NEW_PASSWORD)
    await phone.getByRole('button', { name: 'Sign in' }).click()
    await phone.waitForURL('/account')
    await phone.getByTestId('session-row').nth(1).waitFor()
  })

  it('goes on with the new session’s CSRF token', async () => {
    await page.reload()
    await page.getByRole('button', { name: 'End all others' }).click()
    const question = page.getByRole('alertdialog', { name: 'End all other sessions?' })
    await question.waitFor()
    await shoot(page, 'sessions-end')
    await question.getByRole('button', { name: 'End all others' }).click()
    await page.getByText('You are signed in nowhere else.').waitFor()
  })

  it('makes a key that works where it may, and nowhere else, until it is revoked', async () => {
    await page.getByRole('button', { name: 'New key' }).click()
    const dialog = page.getByRole('dialog', { name: 'New API key' })
    await dialog.getByLabel('Name').fill('Nightly script')
    await assertAccessible(page)
    await shoot(page, 'api-key-dialog')
    await dialog.getByRole('button', { name: 'Create key' }).click()
    const key = await page.getByTestId('new-api-key').innerText()
    assert.match(key, /^tc_[\w-]{43}$/)
    await assertAccessible(page)
    await shoot(page, 'api-key-created')

    const call = (path, method = 'GET') => fetch(`${address}${path}`, { method, headers: { Authorization: `Bearer ${key}` } })
    assert.equal((await call('/api/jobs')).status, 200)
    assert.equal((await fetch(`${address}/api/jobs`, { headers: { 'X-Api-Key': key } })).status, 200)
    const denied = await call('/api/jobs/1/cancel', 'POST')
    assert.deepEqual([denied.status, (await denied.json()).code], [403, 'ScopeMissing'])
    assert.notEqual((await call('/api/auth/api-keys')).status, 200)

    await page.getByRole('button', { name: 'I have copied it' }).click()
    await page.reload()
    const row = page.getByTestId('api-key-row')
    await row.waitFor()
    assert.match(await row.innerText(), /Nightly script\s*Read/)
    assert.ok(!(await page.content()).includes(key), 'the key is still on the page')
    await row.getByRole('button', { name: 'Revoke Nightly script' }).click()
    await page.getByRole('alertdialog', { name: 'Revoke this key?' }).getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('heading', { name: 'There is no API key' }).waitFor()
    assert.equal((await call('/api/jobs')).status, 401)
  })

  it('the browser had nothing to complain about', () => {
    // Chromium writes every 4xx as an error; these two were asked for.
    const expected = /status of 422 .*\/api\/auth\/password\)$/
    assert.deepEqual([...page.complaints, ...phone.complaints].filter((line) => !expected.test(line)), [])
  })
})
