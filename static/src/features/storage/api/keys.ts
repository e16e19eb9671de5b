export const storageKeys = {
  all: ['storage'] as const,
  profiles: () => [...storageKeys.all, 'profiles'] as const,
}
