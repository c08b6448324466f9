#include "results/outcome.h"

#include <fmt/core.h>

namespace gaikei {

std::string_view Name(Family family) {
  switch (family) {
    case Family::kAuto:
      return "auto";
    case Family::kIpv4:
      return "ipv4";
    case Family::kIpv6:
      return "ipv6";
  }
  return "";
}

std::string_view Name(Counts counts) {
  switch (counts) {
    case Counts::kGood:
      return "good";
    case Counts::kBad:
      return "bad";
    case Counts::kMissing:
      return "missing";
  }
  return "";
}

Counts Outcome::counts() const {
  switch (status) {
    case Status::kPass:
    case Status::kWarn:
      return counts_first && !healed_by.empty() ? Counts::kBad : Counts::kGood;
    case Status::kFail:
      return Counts::kBad;
    case Status::kUnknown:
      return Counts::kMissing;
  }
  return Counts::kMissing;
}

std::string DnsRecord::Text() const {
  return fmt::format("{} {} {} {} {}", name, ttl, klass, type, data);
}

void Observation::Fail(Reason why, std::optional<Phase> where, std::string text) {
  reason = why;
  status = StatusOf(why);
  blame = BlameOf(why);
  phase = where;
  message = std::move(text);
}

}  // namespace gaikei
