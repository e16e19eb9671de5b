import * as z from 'zod/mini'
import { describe, expect, it } from 'vitest'
import { apiKeySchema, createdKeySchema } from '@/features/api-keys/model'
import { loginSchema, openSessionSchema, revokedSchema, sessionSchema } from '@/features/auth/model'
import { jobDetailSchema, jobEventSchema, jobSchema, pageSchema, statisticsSchema, timelineEntrySchema } from '@/features/jobs/model'
import { manifestSchema } from '@/features/jobs/proof/model'
import { JOB_STATUSES, statusTable } from '@/features/jobs/status'
import { consentSchema, credentialSavedSchema, credentialSchema, presetSchema, profileSchema, s3ConfiguredSchema, testSchema, usageSchema } from '@/features/storage/model'
import { analysisSchema, createdJobSchema } from '@/features/torrents/model'
import { errorFromResponse } from '@/lib/api-error'
import { contract } from '@/testing/contract'

type Page = { items: { status: keyof typeof statusTable; isActive: boolean; canRetry: boolean; canCancel: boolean }[] }

const bodies: Record<string, z.ZodMiniType> = {
  login: loginSchema,
  me: sessionSchema,
  'jobs-page': pageSchema,
  'job-detail': jobDetailSchema,
  manifest: manifestSchema,
  'timeline-page': pageSchema,
  statistics: statisticsSchema,
  analyze: analysisSchema,
  'create-job': createdJobSchema,
  'profile-detail': profileSchema,
  'profile-detail-gdrive': profileSchema,
  profiles: z.array(profileSchema),
  's3-presets': z.array(presetSchema),
  's3-test': testSchema,
  'profile-test': testSchema,
  'profile-test-gdrive': testSchema,
  'profile-usage': usageSchema,
  's3-configure': s3ConfiguredSchema,
  'gdrive-credentials': z.array(credentialSchema),
  'gdrive-credential-saved': credentialSavedSchema,
  'gdrive-connect': consentSchema,
  sessions: z.array(openSessionSchema),
  'sessions-revoked': revokedSchema,
  'api-keys': z.array(apiKeySchema),
  'api-key-created': createdKeySchema,
  'event-job': jobEventSchema,
}

/** Bodies of endpoints that this app does not call are no business of it; those that it calls are all here. */
describe('the golden bodies', () => {
  it.each(Object.entries(bodies))('%s is readable', (name, schema) => {
    expect(() => schema.parse(contract(name))).not.toThrow()
  })

  it('hold every status, and each row of them is readable', () => {
    const { items } = contract<Page>('jobs-page')
    expect(items.map(({ status }) => status).sort()).toEqual([...JOB_STATUSES].sort())
    for (const item of items) expect(() => jobSchema.parse(item)).not.toThrow()
  })

  it('agree with our table on what a person may do', () => {
    for (const { status, canCancel, canRetry, isActive } of contract<Page>('jobs-page').items) {
      expect({ status, canCancel, canRetry, isActive }).toEqual({
        status,
        canCancel: statusTable[status].canCancel,
        canRetry: statusTable[status].canRetry,
        isActive: statusTable[status].canCancel,
      })
    }
  })

  it('timeline entries are readable one by one', () => {
    for (const entry of contract<{ items: unknown[] }>('timeline-page').items) expect(() => timelineEntrySchema.parse(entry)).not.toThrow()
  })

  it('errors carry their code, sentence and fields', () => {
    const error = errorFromResponse(404, JSON.stringify(contract('error')), null)
    expect(error).toMatchObject({ code: 'JobNotFound', message: 'Job not found.' })
    for (const body of contract<{ status: number; code: string; detail: string }[]>('errors')) {
      const { status, code, detail } = body
      expect(errorFromResponse(status, JSON.stringify(body), null)).toMatchObject({ status, code, message: detail })
    }
    const invalid = errorFromResponse(400, JSON.stringify(contract('error-validation')), null)
    expect(invalid).toMatchObject({ code: 'ValidationFailed', fields: { Email: ['The Email field is required.'] } })
  })
})
