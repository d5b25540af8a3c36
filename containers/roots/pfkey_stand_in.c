/*
 * PF_KEY for a daemon on a kernel that has none, so far as a test of IKE can tell: preloaded into
 * iked, it gives it a socket at whose other end somebody says yes. No SA and no policy comes to be,
 * and no packet is protected; what the daemon says on the wire is then what it says on a kernel with
 * PF_KEY. Used only where a DUT file asks for it by name, and the report says so.
 *
 * cc -shared -fPIC -o pfkey_stand_in.so pfkey_stand_in.c
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/pfkeyv2.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { unit = 8 }; /* PF_KEY counts lengths in these octets */

/* A message of the kernel's is the daemon's own with errno 0 (RFC 2367 section 3.1), but for GETSPI,
 * whose answer has the new SPI in an SA of its own instead of the range (3.1.1). */
static void consent(int end) {
  unsigned char message[65536];
  for (;;) {
    ssize_t size = recv(end, message, sizeof message, 0);
    if (size < 0 && errno == EINTR)
      continue;
    if (size < (ssize_t)sizeof(struct sadb_msg))
      _exit(0);
    struct sadb_msg *header = (struct sadb_msg *)message;
    header->sadb_msg_errno = 0;
    if (header->sadb_msg_type == SADB_GETSPI &&
        (size_t)size + sizeof(struct sadb_sa) <= sizeof message) {
      struct sadb_sa sa;
      uint32_t spi = 0;
      memset(&sa, 0, sizeof sa);
      while (spi < 256) { /* 1 to 255 are reserved (RFC 4303 section 2.1) */
        if (getrandom(&spi, sizeof spi, 0) != sizeof spi)
          _exit(1);
      }
      sa.sadb_sa_len = sizeof sa / unit;
      sa.sadb_sa_exttype = SADB_EXT_SA;
      sa.sadb_sa_spi = htonl(spi);
      memcpy(message + size, &sa, sizeof sa);
      size += (ssize_t)sizeof sa;
      header->sadb_msg_len = (uint16_t)(size / unit);
    }
    if (send(end, message, (size_t)size, MSG_NOSIGNAL) != size)
      _exit(0);
  }
}

static int stand_in(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0)
    return -1;
  const pid_t child = fork();
  if (child < 0) {
    const int saved = errno;
    close(ends[0]);
    close(ends[1]);
    errno = saved;
    return -1;
  }
  if (child == 0) {
    /* It keeps nothing open of the daemon's, whose processes know each other's end by that. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(ends[1], 3) != 3)
      _exit(1);
    close_range(4, ~0U, 0);
    consent(3);
  }
  close(ends[1]);
  return ends[0];
}

int socket(int domain, int type, int protocol) {
  static int (*real)(int, int, int);
  if (!real)
    real = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
  return domain == AF_KEY ? stand_in() : real(domain, type, protocol);
}

/* A kernel has answered before the call ends in which the daemon asks, and iked waits but a moment
 * for more; on a busy machine the other end of this socket may need longer. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
  static ssize_t (*real)(int, const struct iovec *, int);
  if (!real)
    real = (ssize_t (*)(int, const struct iovec *, int))dlsym(RTLD_NEXT, "writev");
  const ssize_t size = real(fd, parts, count);
  const int saved = errno;
  int type = 0;
  socklen_t length = sizeof type;
  if (size > 0 && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 &&
      type == SOCK_SEQPACKET) { /* of the daemon's sockets only this one */
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    while (poll(&answer, 1, -1) < 0 && errno == EINTR)
      continue;
  }
  errno = saved;
  return size;
}

/* A socket's exception from policies is given in PF_KEY's form, which such a kernel cannot read; it
 * has no policies either. */
int setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
  static int (*real)(int, int, int, const void *, socklen_t);
  if (!real)
    real = (int (*)(int, int, int, const void *, socklen_t))dlsym(RTLD_NEXT, "setsockopt");
  if ((level == IPPROTO_IP && name == IP_IPSEC_POLICY) ||
      (level == IPPROTO_IPV6 && name == IPV6_IPSEC_POLICY))
    return 0;
  return real(fd, level, name, value, size);
}
