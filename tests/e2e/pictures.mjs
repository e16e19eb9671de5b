/** The pictures of docs/images, of real jobs; a rig is good for one run: `tests/rig/rig run tests/e2e/run.sh pictures`. */
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chooseTorrent, openBrowser, openPage, progress, signIn, until, waitForStatus } from './support/browser.mjs'
import { MIB, openRig } from './support/rig.mjs'

const images = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const STORAGE = 'Archive at home'
const options = { viewport: { width: 1440, height: 900 }, colorScheme: 'light' }

const rig = openRig()
const browser = await openBrowser()
try {
  mkdirSync(images, { recursive: true })
  const person = await rig.person('Ada Lovelace')
  await rig.connect(person, await rig.bucket(), STORAGE)
  const page = await openPage(browser, await rig.address(), options)
  await signIn(page, person)

  const start = async (name, files, trackers = true) => {
    const torrent = await rig.torrent(name, files, trackers, false)
    return rig.startJob(person, STORAGE, torrent.name)
  }
  const open = async (id) => {
    await page.goto(`/jobs/${id}`)
    await page.getByTestId('file-row').first().waitFor()
  }

  await open(await start('Field recordings, spring', { 'dawn.flac': 9 * MIB, 'rain.flac': 7 * MIB }))
  await waitForStatus(page, 'COMPLETED')
  await open(await start('Old lecture notes', { 'notes.pdf': 2 * MIB }, false))
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByRole('button', { name: 'Cancel job' }).click()
  await waitForStatus(page, 'CANCELLED')
  await start('A film that nobody shares any more', { 'film.mkv': 3 * MIB }, false)

  const collection = {
    'extras/interview.mkv': 9 * MIB,
    'extras/trailer.mkv': 3 * MIB,
    'films/A Trip to the Moon (1902).mkv': 14 * MIB,
    'films/Nosferatu (1922).mkv': 21 * MIB,
    'films/subtitles/Nosferatu.de.srt': 61_000,
    'films/subtitles/Nosferatu.en.srt': 58_000,
    'music/overture.flac': 6 * MIB,
    'checksums.sha256': 900,
    'readme.txt': 1_800,
  }
  const chosen = await rig.torrent('Public domain collection', collection, true, false)
  await chooseTorrent(page, chosen.file)
  await page.getByRole('tree', { name: 'Files' }).locator('[title=extras]').click()
  await page.mouse.move(0, 0)
  await page.screenshot({ path: `${images}new.png` })

  const episodes = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`Episode ${i + 1}.mkv`, (6 + (i % 3)) * MIB]))
  await rig.rates(2 * MIB, MIB)
  const series = await start('A series, season one', episodes)
  await open(series)
  await until('download and upload are both in mid-flight', async () => {
    const [down, up] = await progress(page)
    return down > 55 && up > 12
  })
  await page.screenshot({ path: `${images}job.png` })
  await page.goto('/jobs')
  await page.getByTestId('job-row').nth(3).waitFor()
  // The totals in the bar at the top know the speeds as soon as the list is there.
  await page.getByText(/now: download \d.*[MK]iB\/s/).first().waitFor({ state: 'attached' })
  await page.screenshot({ path: `${images}jobs.png` })
} finally {
  await browser.close()
  await rig.close()
}
