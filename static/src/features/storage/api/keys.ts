export const storageKeys = {
  all: ['storage'] as const,
  profiles: () => [...storageKeys.all, 'profiles'] as const,
  profile: (id: number) => [...storageKeys.profiles(), id] as const,
  usage: (id: number) => [...storageKeys.profile(id), 'usage'] as const,
  credentials: () => [...storageKeys.all, 'credentials'] as const,
  /** Not below `all`: the table only changes with the server's version. */
  presets: () => ['storage-presets'] as const,
  /** Nor this: it depends on nothing but the template. */
  pathPreview: (template: string) => ['storage-path-preview', template] as const,
}
