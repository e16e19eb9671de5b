/* Runs before the first paint. Without a stored choice the style sheet follows prefers-color-scheme by itself. */
try {
  var theme = localStorage.getItem('theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch (e) {
  /* Storage may be blocked; the system's theme is a fine answer then. */
}
