/*
 * The least that a FastCGI program can do: N children that answer every request with "{}". What is measured behind the
 * same nginx is the price of everything around our own work. usage: noop_fcgi SOCKET CHILDREN
 */
#include <fcgiapp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(int fd)
{
    FCGX_Request request;
    FCGX_InitRequest(&request, fd, 0);
    while (FCGX_Accept_r(&request) == 0) {
        FCGX_PutS("Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", request.out);
        FCGX_Finish_r(&request);
    }
    _exit(1);
}

int main(int argc, char **argv)
{
    if (argc != 3 || FCGX_Init())
        return 64;
    umask(0);
    int fd = FCGX_OpenSocket(argv[1], 511);
    if (fd < 0)
        return 1;
    for (long n = strtol(argv[2], NULL, 10); n > 0; n--)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            serve(fd);
        }
    while (wait(NULL) > 0)
        ;
    return 0;
}
