#include "results/reason.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "results/outcome.h"

namespace gaikei {
namespace {

// The list as the contract with the outside has it.
constexpr std::string_view kContract[] = {"dns_nxdomain",
                                          "dns_nodata",
                                          "dns_servfail",
                                          "dns_refused",
                                          "dns_timeout",
                                          "dns_malformed",
                                          "connect_refused",
                                          "connect_timeout",
                                          "connect_unreachable",
                                          "connect_reset",
                                          "tls_timeout",
                                          "tls_alert",
                                          "tls_protocol",
                                          "tls_cert_expired",
                                          "tls_cert_not_yet_valid",
                                          "tls_cert_name_mismatch",
                                          "tls_cert_self_signed",
                                          "tls_cert_untrusted",
                                          "tls_cert_revoked",
                                          "tls_cert_weak",
                                          "response_timeout",
                                          "transfer_timeout",
                                          "reset",
                                          "truncated",
                                          "protocol_error",
                                          "too_large",
                                          "too_many_redirects",
                                          "heartbeat_missed",
                                          "heartbeat_reported_failure",
                                          "scheme_blocked",
                                          "address_blocked",
                                          "prober_overload",
                                          "prober_fd_limit",
                                          "prober_port_exhausted",
                                          "prober_no_memory",
                                          "prober_network_down",
                                          "prober_resolver_down",
                                          "prober_region_impaired",
                                          "prober_internal",
                                          "prober_skipped"};
constexpr std::string_view kSubjects[] = {
    "status",     "duration", "phase",       "header", "body",         "json",   "redirects",
    "http",       "address",  "certificate", "tls",    "rcode",        "answer", "authority",
    "additional", "ttl",      "flags",       "serial", "packet_loss",  "rtt",    "serving_status",
    "response",   "size",     "agree",       "dnssec", "last_modified"};

TEST(Reason, TheTableIsTheListOfTheContract) {
  std::set<std::string> expected(std::begin(kContract), std::end(kContract));
  for (const auto subject : kSubjects) expected.insert("expect_" + std::string(subject));
  std::set<std::string> actual;
  for (const Reason reason : AllReasons()) {
    EXPECT_TRUE(actual.emplace(Name(reason)).second) << Name(reason) << " is there twice";
  }
  EXPECT_EQ(actual, expected);
}

TEST(Reason, ItsNameIsReadBack) {
  for (const Reason reason : AllReasons()) EXPECT_EQ(ParseReason(Name(reason)), reason);
  EXPECT_FALSE(ParseReason(""));
  EXPECT_FALSE(ParseReason("no_such_reason"));
  for (const Status status : {Status::kPass, Status::kWarn, Status::kFail, Status::kUnknown}) {
    EXPECT_EQ(ParseStatus(Name(status)), status);
  }
}

TEST(Reason, OnlyTheProbersOwnAndTheRefusedAreUnknown) {
  EXPECT_EQ(StatusOf(Reason::kNone), Status::kPass);
  for (const Reason reason : AllReasons()) {
    const bool is_unknown =
        Name(reason).starts_with("prober_") || reason == Reason::kAddressBlocked;
    EXPECT_EQ(StatusOf(reason), is_unknown ? Status::kUnknown : Status::kFail) << Name(reason);
    if (Name(reason).starts_with("prober_")) {
      EXPECT_EQ(BlameOf(reason), Blame::kProber) << Name(reason);
    }
    if (Name(reason).starts_with("expect_")) {
      EXPECT_EQ(BlameOf(reason), Blame::kTarget) << Name(reason);
    }
  }
}

TEST(Reason, AnExpectationIsNamedAfterItsSubject) {
  for (const auto subject : kSubjects) {
    const auto reason = ExpectationReason(subject);
    ASSERT_TRUE(reason) << subject;
    EXPECT_EQ(Name(*reason), "expect_" + std::string(subject));
  }
  EXPECT_FALSE(ExpectationReason("weather"));
  EXPECT_FALSE(ExpectationReason(""));
}

TEST(Observation, FailSetsWhatBelongsTogether) {
  Observation observation;
  observation.Fail(Reason::kProberFdLimit, Phase::kConnect, "no descriptors left");
  EXPECT_EQ(observation.status, Status::kUnknown);
  EXPECT_EQ(observation.blame, Blame::kProber);
  EXPECT_EQ(observation.phase, Phase::kConnect);
  EXPECT_EQ(observation.message, "no descriptors left");
}

}  // namespace
}  // namespace gaikei
