/** What a person does to a running job and to the session, and what the page does when the stream breaks. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assertAccessible, chooseTorrent, jobState, openBrowser, openPage, progress, shoot, signIn, until, waitForStatus } from './support/browser.mjs'
import { MIB, openRig } from './support/rig.mjs'

describe('in control', { concurrency: false }, () => {
  const rig = openRig()
  let browser, page, person, bucket

  before(async () => {
    person = await rig.person('Grace Keys')
    bucket = await rig.bucket()
    browser = await openBrowser()
    page = await openPage(browser, await rig.address())
    await rig.connect(person, bucket, 'Bench')
    await signIn(page, person)
  })
  after(async () => {
    await browser?.close()
    await rig.close()
  })

  it('a job is cancelled after a question, and started again', async () => {
    const torrent = await rig.torrent('second thoughts', { 'a.bin': 12 * MIB, 'sub/b.bin': 4 * MIB })
    await rig.rates(MIB, 0)
    await chooseTorrent(page, torrent.file)
    await page.getByRole('button', { name: 'Start' }).click()
    await page.waitForURL(/\/jobs\/\d+$/)
    const jobId = Number(page.url().split('/').at(-1))
    await until('the download is under way', async () => (await progress(page))[0] > 5)

    const question = page.getByRole('alertdialog', { name: 'Cancel this job?' })
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await question.waitFor()
    await assertAccessible(page)
    await shoot(page, 'job-cancel')
    await page.keyboard.press('Escape')
    await question.waitFor({ state: 'detached' })
    await page.keyboard.press('c')
    await question.getByRole('button', { name: 'Cancel job' }).click()
    await waitForStatus(page, 'CANCELLED')
    await shoot(page, 'job-cancelled')

    await rig.rates(0, 0)
    await page.getByRole('button', { name: 'Start again' }).click()
    await until('the job runs again', async () => (await jobState(page).getAttribute('data-status')) !== 'CANCELLED')
    await waitForStatus(page, 'COMPLETED')
    await rig.checkBucket(bucket, torrent.name, jobId, Object.keys(torrent.files))
  })

  it('the keyboard goes everywhere', async () => {
    await page.goto('/storage')
    await page.getByTestId('profile-card').waitFor()
    await page.keyboard.press('n')
    await page.waitForURL('/new')
    await page.keyboard.press('g')
    await page.keyboard.press('j')
    await page.waitForURL('/jobs')
    await page.getByTestId('job-row').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('nothing like it')
    await page.getByRole('heading', { name: 'No job matches “nothing like it”' }).waitFor()
    await page.getByRole('searchbox', { name: 'Search jobs' }).fill('SECOND')
    await page.getByTestId('job-row').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await assertAccessible(page)
    await shoot(page, 'shortcuts')
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/jobs\/\d+$/)
  })

  it('a broken stream is replaced by asking', async () => {
    const torrent = await rig.torrent('no stream', { 'a.bin': 16 * MIB })
    await rig.rates(MIB, 0)
    const jobId = await rig.startJob(person, 'Bench', torrent.name)
    const deaf = await openPage(browser, await rig.address())
    await deaf.route('**/events', (route) => route.abort())
    await signIn(deaf, person, `/jobs/${jobId}`)
    const seen = new Set()
    await until('the numbers move without a stream', async () => {
      const [share] = await progress(deaf)
      if (share > 0 && share < 100) seen.add(share)
      return seen.size >= 2
    })
    await rig.rates(0, 0)
    await waitForStatus(deaf, 'COMPLETED')
    const other = deaf.complaints.filter((line) => !line.endsWith('/events)'))
    assert.deepEqual(other, [])
    await deaf.context().close()
  })

  it('a session that has ended leads to the login and back', async () => {
    await page.goto('/storage')
    await page.getByTestId('profile-card').waitFor()
    await page.context().clearCookies()
    await page.getByRole('button', { name: 'Actions for Bench' }).click()
    await page.getByRole('menuitem', { name: 'Disconnect' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Disconnect' }).click()
    await page.waitForURL('/login?next=%2Fstorage')
    await page.getByLabel('E-mail').fill(person.email)
    await page.getByLabel('Password').fill(person.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('/storage')
    await page.getByTestId('profile-card').waitFor()
  })

  it('log out ends the session for every tab', async () => {
    const tab = await page.context().newPage()
    await tab.goto('/jobs')
    await tab.getByTestId('job-row').first().waitFor()
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByRole('menuitem', { name: 'Log out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await tab.keyboard.press('g')
    await tab.keyboard.press('s')
    await tab.waitForURL('/login?next=%2Fstorage')
    await tab.close()
  })

  it('the browser had nothing to complain about', () => assert.deepEqual(page.complaints, []))
})
