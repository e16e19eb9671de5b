import { readdirSync } from 'node:fs'
import js from '@eslint/js'
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript'
import importX from 'eslint-plugin-import-x'
import jsxA11y from 'eslint-plugin-jsx-a11y'
import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

const features = readdirSync(new URL('./src/features', import.meta.url))

/** Who may import whom: app sees everything, a feature never another feature, shared code never upwards, lib only config. */
const zones = [
  ...features.map((feature) => ({
    target: `./src/features/${feature}`,
    from: './src/features',
    except: [`./${feature}`],
    message: 'A feature never imports another feature; a route composes them.',
  })),
  { target: './src/features', from: './src/app', message: 'Features never import the app.' },
  {
    target: ['./src/components', './src/hooks', './src/lib', './src/config'],
    from: ['./src/app', './src/features'],
    message: 'Shared code never imports features or the app.',
  },
  { target: ['./src/lib', './src/config'], from: ['./src/components', './src/hooks'], message: 'lib imports only config.' },
  { target: './src/components/ui', from: './src/hooks', message: 'Primitives are dumb.' },
]

export default tseslint.config(
  { ignores: ['dist', 'node_modules', '.node'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.recommendedTypeChecked, jsxA11y.flatConfigs.strict],
    plugins: { 'import-x': importX, 'react-hooks': reactHooks },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      ...reactHooks.configs.recommended.rules,
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'error',
      'import-x/no-default-export': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['src/app/routes/*.tsx', 'src/app/layout/app-shell.tsx', 'vite.config.ts'], rules: { 'import-x/no-default-export': 'off' } },
  {
    files: ['*.js', 'scripts/*.mjs', 'dev/*.mjs', 'public/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'URL', 'URLSearchParams', 'setInterval', 'setTimeout', 'Buffer', 'localStorage', 'document'].map((name) => [name, 'readonly']),
      ),
    },
    rules: { 'no-var': 'off', 'no-unused-vars': ['error', { caughtErrors: 'none' }] },
  },
)
