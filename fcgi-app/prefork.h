/* N identical single-threaded children of a parent that only watches them. */
#ifndef TC_FCGI_PREFORK_H
#define TC_FCGI_PREFORK_H

/*
 * prefork_run(n, child, arg, drained): fork n children that run child(arg) and exit with what it returns; fork again
 * those that end, with a growing pause when they end at once. The first SIGTERM or SIGINT calls drained() and is passed
 * on, so are later ones. Returns 0 when all children have ended after that. signals_init() must have been called.
 */
int prefork_run(int n, int (*child)(void *arg), void *arg, void (*drained)(void));

#endif
