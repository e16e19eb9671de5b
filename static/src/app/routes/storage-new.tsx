import { ChevronRight, Cloud, Database, type LucideIcon } from 'lucide-react'
import { Link } from 'react-router'
import { PageHeader } from '@/components/page-header'
import { paths } from '@/config/paths'
import { usePageTitle } from '@/hooks/use-page-title'

/** One row per kind of storage that can be connected. */
const kinds: { title: string; text: string; needs: string; href: string; icon: LucideIcon }[] = [
  {
    title: 'S3-compatible storage',
    text: 'Amazon S3, Backblaze B2, Cloudflare R2, Wasabi, Hetzner, MinIO and any other service that speaks S3.',
    needs: 'Needs a bucket and its access key; two minutes.',
    href: paths.newS3.href(),
    icon: Database,
  },
  {
    title: 'Google Drive',
    text: 'A Google account of your own. TorrentClou sees only the files that it has put there.',
    needs: 'Needs credentials from Google Cloud the first time, free of charge; ten minutes with the guide.',
    href: paths.googleDrive.href(),
    icon: Cloud,
  },
]

export default function StorageNew() {
  usePageTitle('Connect storage')
  return (
    <div className="mx-auto max-w-2xl">
      <PageHeader title="Connect storage">Where should finished files go?</PageHeader>
      <ul className="space-y-3">
        {kinds.map(({ title, text, needs, href, icon: Icon }) => (
          <li key={href} className="relative flex items-start gap-4 rounded-md border border-line bg-surface p-4 transition-colors hover:bg-hover">
            <span className="inline-flex size-10 shrink-0 items-center justify-center rounded-md bg-sunken">
              <Icon aria-hidden className="size-5 text-muted" strokeWidth={1.75} />
            </span>
            <div className="min-w-0 flex-1">
              <h2 className="font-semibold">
                {/* The whole card is the link's target. */}
                <Link to={href} className="after:absolute after:inset-0 after:rounded-md focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-focus">
                  {title}
                </Link>
              </h2>
              <p className="mt-0.5">{text}</p>
              <p className="mt-1 text-xs text-muted">{needs}</p>
            </div>
            <ChevronRight aria-hidden className="size-4 shrink-0 self-center text-muted" />
          </li>
        ))}
      </ul>
    </div>
  )
}
