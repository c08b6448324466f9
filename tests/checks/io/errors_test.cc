#include "checks/io/net/errors.h"

#include <ares.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace gaikei::io {
namespace {

struct ConnectCase {
  int error;
  bool bound;
  Reason reason;
};
class ConnectErrno : public testing::TestWithParam<ConnectCase> {};
TEST_P(ConnectErrno, HasItsReason) {
  const ConnectCase& c = GetParam();
  EXPECT_EQ(Name(ReasonFromConnectErrno(c.error, c.bound)), Name(c.reason)) << ErrnoText(c.error);
}
INSTANTIATE_TEST_SUITE_P(
    Table, ConnectErrno,
    testing::Values(ConnectCase{0, false, Reason::kNone},
                    ConnectCase{EMFILE, false, Reason::kProberFdLimit},
                    ConnectCase{ENFILE, true, Reason::kProberFdLimit},
                    ConnectCase{EADDRNOTAVAIL, false, Reason::kProberPortExhausted},
                    ConnectCase{EADDRNOTAVAIL, true, Reason::kProberNetworkDown},
                    ConnectCase{EADDRINUSE, true, Reason::kProberPortExhausted},
                    ConnectCase{EAGAIN, false, Reason::kProberPortExhausted},
                    ConnectCase{ENOMEM, false, Reason::kProberNoMemory},
                    ConnectCase{ENOBUFS, false, Reason::kProberNoMemory},
                    ConnectCase{ENETUNREACH, false, Reason::kProberNetworkDown},
                    ConnectCase{ENETDOWN, false, Reason::kProberNetworkDown},
                    ConnectCase{EPERM, false, Reason::kProberNetworkDown},
                    ConnectCase{EACCES, false, Reason::kProberNetworkDown},
                    ConnectCase{ENODEV, true, Reason::kProberNetworkDown},
                    ConnectCase{EAFNOSUPPORT, false, Reason::kProberNetworkDown},
                    ConnectCase{ECONNREFUSED, false, Reason::kConnectRefused},
                    ConnectCase{ECONNREFUSED, true, Reason::kConnectRefused},
                    ConnectCase{ETIMEDOUT, false, Reason::kConnectTimeout},
                    ConnectCase{EHOSTUNREACH, false, Reason::kConnectUnreachable},
                    ConnectCase{EINVAL, false, Reason::kConnectUnreachable},
                    ConnectCase{ECONNRESET, false, Reason::kConnectReset},
                    ConnectCase{EBADF, false, Reason::kProberInternal}));

TEST(PathErrno, IsTheTargetsWhereOurOwnRoutesWouldBeOurs) {
  for (const int error : {ENETUNREACH, EACCES, EPERM, EHOSTUNREACH}) {
    EXPECT_EQ(Name(ReasonFromPathErrno(error)), Name(Reason::kConnectUnreachable)) << error;
  }
  EXPECT_EQ(Name(ReasonFromPathErrno(ECONNREFUSED)), Name(Reason::kConnectRefused));
  EXPECT_EQ(Name(ReasonFromPathErrno(ENOMEM)), Name(Reason::kProberNoMemory));
}

struct AresCase {
  int status;
  int socket_errno;
  Reason reason;
};
class AresStatus : public testing::TestWithParam<AresCase> {};
TEST_P(AresStatus, HasItsReason) {
  const AresCase& c = GetParam();
  EXPECT_EQ(Name(ReasonFromAres(c.status, c.socket_errno)), Name(c.reason)) << c.status;
}
INSTANTIATE_TEST_SUITE_P(
    Table, AresStatus,
    testing::Values(AresCase{ARES_SUCCESS, 0, Reason::kNone},
                    AresCase{ARES_ENOTFOUND, 0, Reason::kDnsNxdomain},
                    AresCase{ARES_ENODATA, 0, Reason::kDnsNodata},
                    AresCase{ARES_ESERVFAIL, 0, Reason::kDnsServfail},
                    AresCase{ARES_ENOTIMP, 0, Reason::kDnsServfail},
                    AresCase{ARES_EFORMERR, 0, Reason::kDnsServfail},
                    AresCase{ARES_EREFUSED, 0, Reason::kDnsRefused},
                    AresCase{ARES_ETIMEOUT, EMFILE, Reason::kDnsTimeout},
                    AresCase{ARES_EBADRESP, 0, Reason::kDnsMalformed},
                    AresCase{ARES_EBADNAME, 0, Reason::kDnsMalformed},
                    AresCase{ARES_ENOMEM, 0, Reason::kProberNoMemory},
                    AresCase{ARES_ECONNREFUSED, 0, Reason::kProberResolverDown},
                    AresCase{ARES_ECONNREFUSED, ECONNREFUSED, Reason::kProberResolverDown},
                    AresCase{ARES_ECONNREFUSED, EHOSTUNREACH, Reason::kProberResolverDown},
                    AresCase{ARES_ECONNREFUSED, EMFILE, Reason::kProberFdLimit},
                    AresCase{ARES_ECONNREFUSED, ENFILE, Reason::kProberFdLimit},
                    AresCase{ARES_ECONNREFUSED, ENOBUFS, Reason::kProberNoMemory},
                    AresCase{ARES_ECONNREFUSED, EAGAIN, Reason::kProberPortExhausted},
                    AresCase{ARES_ECONNREFUSED, ENETUNREACH, Reason::kProberNetworkDown},
                    AresCase{ARES_ECONNREFUSED, EADDRNOTAVAIL, Reason::kProberNetworkDown},
                    AresCase{ARES_ECONNREFUSED, EPERM, Reason::kProberNetworkDown},
                    AresCase{ARES_EDESTRUCTION, 0, Reason::kProberInternal}));

TEST(TimeoutReason, IsThatOfThePhase) {
  EXPECT_EQ(TimeoutReason(Phase::kResolve), Reason::kDnsTimeout);
  EXPECT_EQ(TimeoutReason(Phase::kConnect), Reason::kConnectTimeout);
  EXPECT_EQ(TimeoutReason(Phase::kTls), Reason::kTlsTimeout);
  EXPECT_EQ(TimeoutReason(Phase::kProcessing), Reason::kResponseTimeout);
  EXPECT_EQ(TimeoutReason(Phase::kTransfer), Reason::kTransferTimeout);
}

TEST(ErrnoText, IsInLowerCase) { EXPECT_EQ(ErrnoText(ECONNREFUSED), "connection refused"); }

}  // namespace
}  // namespace gaikei::io
