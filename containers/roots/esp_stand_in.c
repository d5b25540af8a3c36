/*
 * ESP for a daemon on a kernel that has none, so far as a test of IKE can tell: preloaded into
 * charon or pluto, it takes the kernel's refusal to install, update or remove an ESP SA (netlink,
 * family XFRM) for consent. No packet is protected. What the daemon says on the wire is then what it says
 * on a kernel with ESP, where without this it would refuse every child. Used only where the kernel
 * has no ESP, and the report says so.
 *
 * cc -shared -fPIC -o esp_stand_in.so esp_stand_in.c
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <sys/socket.h>
#include <unistd.h>

static int is_xfrm_socket(int fd) {
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &size) != 0 || value != AF_NETLINK)
    return 0;
  size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &size) == 0 && value == NETLINK_XFRM;
}

/* Only what a kernel without ESP answers; any other error is the daemon's own affair. */
static int is_missing_esp(int type, int error) {
  if (type == XFRM_MSG_NEWSA || type == XFRM_MSG_UPDSA)
    return error == -EPROTONOSUPPORT || error == -ENOSYS || error == -ESRCH || error == -EINVAL;
  return type == XFRM_MSG_DELSA && error == -ESRCH;
}

static ssize_t consented(int fd, void *buffer, ssize_t got) {
  const int saved = errno;
  if (got >= (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) && is_xfrm_socket(fd)) {
    const struct nlmsghdr *header = buffer;
    struct nlmsgerr *answer = NLMSG_DATA(header);
    if (header->nlmsg_type == NLMSG_ERROR && is_missing_esp(answer->msg.nlmsg_type, answer->error))
      answer->error = 0;
  }
  errno = saved;
  return got;
}

/* charon's way. */
ssize_t recv(int fd, void *buffer, size_t size, int flags) {
  static ssize_t (*real)(int, void *, size_t, int);
  if (!real)
    real = (ssize_t(*)(int, void *, size_t, int))dlsym(RTLD_NEXT, "recv");
  return consented(fd, buffer, real(fd, buffer, size, flags));
}

/* pluto's ways. */
ssize_t read(int fd, void *buffer, size_t size) {
  static ssize_t (*real)(int, void *, size_t);
  if (!real)
    real = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
  return consented(fd, buffer, real(fd, buffer, size));
}

ssize_t recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *from,
                 socklen_t *from_size) {
  static ssize_t (*real)(int, void *, size_t, int, struct sockaddr *, socklen_t *);
  if (!real) {
    real = (ssize_t(*)(int, void *, size_t, int, struct sockaddr *, socklen_t *))dlsym(RTLD_NEXT,
                                                                                     "recvfrom");
  }
  return consented(fd, buffer, real(fd, buffer, size, flags, from, from_size));
}
