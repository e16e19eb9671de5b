/**
 * The mock's storages, and a Google that asks nothing: connecting comes straight back to /storage. A name says how it ends:
 * "denied", "twice" and "secret" fail as Google would.
 */
export function storageRoutes({ contract, moveDates, mode, ok, problem, now }) {
  const s3Details = {
    endpoint: 'https://s3.us-west-004.backblazeb2.com', bucket: 'archive', region: 'us-west-004', pathStyle: false, preset: 'b2',
    accessKeyMasked: '0042...f1c7', hasCaCertificate: false, clockOffsetSeconds: 0,
    pathTemplate: 'torrents/{jobId}/{path}', storageClass: null, sse: null, sseKmsKeyId: null, acl: null, conditionalCreate: true,
  }
  const withDetails = (profile) => ({
    checkedAt: profile.providerType === 'S3' ? now() : null, checkOk: profile.providerType === 'S3' ? true : null, checkMessage: null,
    ...profile,
    s3: profile.providerType === 'S3' ? s3Details : null,
    googleDrive: profile.providerType === 'GoogleDrive' ? { credentialId: 5, credentialName: 'Work project', folderId: null, folderName: null, driveId: null, driveName: null } : null,
    updatedAt: now(),
  })
  let profiles = mode === 'empty' ? [] : moveDates(contract('profiles')).map(withDetails)
  let credentials = mode === 'empty' ? [] : moveDates(contract('gdrive-credentials'))
  let consent = null
  const find = (id) => profiles.find((profile) => profile.id === id)
  const gone = () => problem(404, 'ProfileNotFound', 'Storage profile not found')
  const remove = ({ id }) => {
    if (find(id)?.profileName === 'busy') return problem(400, 'ProfileInUse', 'Cannot delete profile while there are active jobs using it')
    profiles = profiles.filter((profile) => profile.id !== id)
    return ok(null, 204)
  }
  const authorize = (name, finish) => {
    consent = { name, finish }
    return ok({ authorizationUrl: `${process.env.MOCK_WEB_URL ?? 'http://localhost:5173'}/proxy/api/storage/gdrive/callback?state=mock` })
  }
  const outcomes = {
    denied: ['AccessDenied', 'Access was denied.'],
    twice: ['DuplicateEmail', 'This Google account (ada@example.org) is already connected to another profile.'],
    secret: ['TokenExchangeFailed', 'Failed to exchange authorization code for tokens'],
  }
  const add = (profile) => {
    const id = Math.max(9, ...profiles.map((other) => other.id)) + 1
    if (profile.isDefault) profiles = profiles.map((other) => ({ ...other, isDefault: false }))
    profiles.push(withDetails({ ...contract('profiles')[0], ...profile, id, createdAt: now() }))
    return id
  }
  return [
    ['GET', /^\/api\/storage\/profiles$/, () => ok(profiles)],
    ['GET', /^\/api\/storage\/profiles\/(\d+)$/, ({ id }) => (find(id) ? ok(find(id)) : gone())],
    ['PATCH', /^\/api\/storage\/profiles\/(\d+)$/, ({ id, json }) => {
      const profile = find(id)
      if (!profile) return gone()
      if (json.s3BucketName === 'missing' && !json.skipTest) return problem(422, 'S3ConnectionFailed', 'Put failed: the bucket "missing" does not exist.')
      if (json.profileName) profile.profileName = json.profileName
      if (profile.s3) {
        const { endpoint, bucket, region } = profile.s3
        profile.s3 = { ...profile.s3, endpoint: json.s3Endpoint ?? endpoint, bucket: json.s3BucketName ?? bucket, region: json.s3Region ?? region }
        const wire = { s3PathTemplate: 'pathTemplate', s3StorageClass: 'storageClass', s3Sse: 'sse', s3SseKmsKeyId: 'sseKmsKeyId', s3Acl: 'acl' }
        for (const [name, own] of Object.entries(wire)) if (name in json) profile.s3[own] = json[name] ?? s3Details[own]
        if (json.s3CaCertificate !== undefined) profile.s3.hasCaCertificate = json.s3CaCertificate !== null
      }
      if ('gdriveFolder' in json) {
        if (json.gdriveFolder?.includes('missing')) return problem(422, 'FolderNotFound', 'Google Drive does not have this folder, or it was not shared with this account.')
        const folder = json.gdriveFolder ? { folderId: json.gdriveFolder, folderName: 'Films', driveId: 'd1', driveName: 'Family' } : { folderId: null, folderName: null, driveId: null, driveName: null }
        Object.assign(profile.googleDrive, folder)
      }
      return ok(profile)
    }],
    ['GET', /^\/api\/storage\/profiles\/(\d+)\/usage$/, () =>
      ok({ ...contract('profile-usage'), day: { sentBytes: 512e9, limitBytes: 750e9, freeAt: null } })],
    ['POST', /^\/api\/storage\/s3\/preview-path$/, ({ json }) => {
      const template = json.s3PathTemplate
      if (!template.endsWith('{path}')) return problem(422, 'InvalidPathTemplate', 'The path must end with {path}.')
      const values = { jobId: 111, torrentName: 'Public domain collection', infoHash: '9af19af19af19af19af19af19af19af19a5a3f6f', year: 2026, month: 11, day: 20 }
      const key = (path) => template.replace(/\{(\w+)\}/g, (whole, name) => (name === 'path' ? path : (values[name] ?? whole)))
      return ok({ examples: ['readme.txt', 'films/Nosferatu (1922)/Nosferatu – eine Symphonie des Grauens.mkv'].map((path) => ({ path, key: key(path) })) })
    }],
    ['POST', /^\/api\/storage\/profiles\/(\d+)\/test$/, ({ id }) => {
      const result = contract(find(id).providerType === 'S3' ? 'profile-test' : 'profile-test-gdrive')
      const failed = result.steps.find(({ ok: passed }) => !passed)
      Object.assign(find(id), { checkedAt: now(), checkOk: result.success, checkMessage: failed?.message ?? null })
      return ok(result)
    }],
    ['POST', /^\/api\/storage\/profiles\/(\d+)\/set-default$/, ({ id }) => { profiles = profiles.map((profile) => ({ ...profile, isDefault: profile.id === id })); return ok(null) }],
    ['DELETE', /^\/api\/storage\/profiles\/(\d+)$/, remove],
    ['GET', /^\/api\/storage\/s3\/presets$/, () => (mode === 'nopresets' ? problem(503, 'Unavailable', 'Down.') : ok(contract('s3-presets')))],
    ['POST', /^\/api\/storage\/s3\/test$/, ({ json }) => ok({ ...contract('s3-test'), clockOffsetSeconds: json.s3BucketName === 'late' ? 421 : 0 })],
    ['POST', /^\/api\/storage\/s3\/configure$/, ({ json }) => {
      if (json.s3BucketName === 'missing' && !json.skipTest) return problem(422, 'S3ConnectionFailed', 'Put failed: the bucket "missing" does not exist.')
      add({ profileName: json.profileName, isDefault: profiles.length === 0 || json.setAsDefault })
      return ok(contract('s3-configure'))
    }],
    ['GET', /^\/api\/storage\/gdrive\/credentials$/, () => ok(credentials)],
    ['POST', /^\/api\/storage\/gdrive\/credentials$/, ({ json }) => {
      const id = Math.max(4, ...credentials.map((other) => other.id)) + 1
      const name = json.name || 'My GCP Credentials'
      credentials.push({ id, name, clientIdMasked: `${json.clientId.slice(0, 4)}...${json.clientId.slice(-30)}`, redirectUri: json.redirectUri, createdAt: now(), inUse: false })
      return ok({ credentialId: id, name })
    }],
    ['PATCH', /^\/api\/storage\/gdrive\/credentials\/(\d+)$/, ({ id, json }) => {
      const credential = credentials.find((other) => other.id === id)
      Object.assign(credential, { name: json.name ?? credential.name, redirectUri: json.redirectUri ?? credential.redirectUri })
      return ok(credential)
    }],
    ['DELETE', /^\/api\/storage\/gdrive\/credentials\/(\d+)$/, ({ id }) => {
      if (credentials.find((other) => other.id === id)?.inUse) return problem(400, 'CredentialInUse', 'Cannot delete credentials while a connected profile uses them.')
      credentials = credentials.filter((other) => other.id !== id)
      return ok(null, 204)
    }],
    ['POST', /^\/api\/storage\/gdrive\/connect$/, ({ json }) =>
      authorize(json.profileName, () => add({ profileName: json.profileName ?? 'My Google Drive', providerType: 'GoogleDrive', email: 'ada@example.org', isDefault: json.setAsDefault }))],
    ['POST', /^\/api\/storage\/gdrive\/(\d+)\/reauthenticate$/, ({ id }) =>
      authorize(null, () => {
        find(id).needsReauth = false
        return id
      })],
    ['GET', /^\/proxy\/api\/storage\/gdrive\/callback$/, () => {
      const [error, message] = outcomes[consent?.name] ?? (consent ? [] : ['InvalidState', 'Expired OAuth state'])
      const query = error ? { error, message } : { success: 'true', profileId: String(consent.finish()) }
      consent = null
      return { status: 302, headers: { Location: `/storage?${new URLSearchParams(query)}` }, body: null }
    }],
  ]
}
