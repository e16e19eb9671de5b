export const authKeys = { sessions: ['auth', 'sessions'] as const }
