#include "checks/io/net/errors.h"

#include <ares.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>

namespace gaikei::io {

Reason ReasonFromConnectErrno(int error, bool bound) {
  switch (error) {
    case 0:
      return Reason::kNone;
    case EMFILE:
    case ENFILE:
      return Reason::kProberFdLimit;
    case EADDRNOTAVAIL:
      return bound ? Reason::kProberNetworkDown : Reason::kProberPortExhausted;
    case EADDRINUSE:
    case EAGAIN:
      return Reason::kProberPortExhausted;
    case ENOMEM:
    case ENOBUFS:
      return Reason::kProberNoMemory;
    case ENETUNREACH:
    case ENETDOWN:
    case EPERM:  // also a full connection tracking table
    case EACCES:
    case ENODEV:  // the region's interface is gone
    case EAFNOSUPPORT:
      return Reason::kProberNetworkDown;
    case ECONNREFUSED:
      return Reason::kConnectRefused;
    case ETIMEDOUT:
      return Reason::kConnectTimeout;
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENONET:  // these three are ICMP errors that say as much
    case ENOPROTOOPT:
    case EPROTO:
    case EINVAL:  // no address to connect to, as a link-local one without its interface
      return Reason::kConnectUnreachable;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
      return Reason::kConnectReset;
    default:
      return Reason::kProberInternal;
  }
}

Reason ReasonFromPathErrno(int error) {
  switch (error) {
    case ENETUNREACH:
    case EACCES:
    case EPERM:
      return Reason::kConnectUnreachable;
    default:
      return ReasonFromConnectErrno(error, false);
  }
}

Reason ReasonFromAres(int status, int socket_errno) {
  switch (status) {
    case ARES_SUCCESS:
      return Reason::kNone;
    case ARES_ENOTFOUND:
      return Reason::kDnsNxdomain;
    case ARES_ENODATA:
      return Reason::kDnsNodata;
    case ARES_ESERVFAIL:
    case ARES_ENOTIMP:
    case ARES_EFORMERR:
      return Reason::kDnsServfail;
    case ARES_EREFUSED:
      return Reason::kDnsRefused;
    case ARES_ETIMEOUT:
      return Reason::kDnsTimeout;
    case ARES_EBADRESP:
    case ARES_EBADNAME:
    case ARES_EBADQUERY:
    case ARES_EBADSTR:
      return Reason::kDnsMalformed;
    case ARES_ENOMEM:
      return Reason::kProberNoMemory;
    case ARES_ECONNREFUSED:
    case ARES_EOF:
      break;  // "could not ask": why is what the socket said
    default:
      return Reason::kProberInternal;
  }
  switch (socket_errno) {
    case EMFILE:
    case ENFILE:
      return Reason::kProberFdLimit;
    case ENOMEM:
    case ENOBUFS:
      return Reason::kProberNoMemory;
    case EAGAIN:  // a datagram socket that finds no free port
    case EADDRINUSE:
      return Reason::kProberPortExhausted;
    case EADDRNOTAVAIL:  // the region's source address is gone
    case ENETUNREACH:
    case ENETDOWN:
    case EPERM:
    case EACCES:
    case ENODEV:
    case EAFNOSUPPORT:
      return Reason::kProberNetworkDown;
    default:
      return Reason::kProberResolverDown;
  }
}

Reason TimeoutReason(Phase phase) {
  switch (phase) {
    case Phase::kResolve:
      return Reason::kDnsTimeout;
    case Phase::kConnect:
      return Reason::kConnectTimeout;
    case Phase::kTls:
      return Reason::kTlsTimeout;
    case Phase::kProcessing:
      return Reason::kResponseTimeout;
    case Phase::kTransfer:
      return Reason::kTransferTimeout;
  }
  return Reason::kProberInternal;
}

std::string ErrnoText(int error) {
  std::array<char, 128> buffer{};
  std::string text = strerror_r(error, buffer.data(), buffer.size());
  // Lower case but for words that are names ("RPC ...").
  if (text.size() > 1 && std::isupper(static_cast<unsigned char>(text[1])) == 0) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

}  // namespace gaikei::io
