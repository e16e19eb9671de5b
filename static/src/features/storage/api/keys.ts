export const storageKeys = {
  all: ['storage'] as const,
  profiles: () => [...storageKeys.all, 'profiles'] as const,
  profile: (id: number) => [...storageKeys.profiles(), id] as const,
  credentials: () => [...storageKeys.all, 'credentials'] as const,
  /** Not below `all`: the table only changes with the server's version. */
  presets: () => ['storage-presets'] as const,
}
