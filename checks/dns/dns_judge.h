#pragma once

#include <span>
#include <string>

#include "checks/dns/dns_compare.h"
#include "checks/dns/dns_exchange.h"
#include "checks/dns/dns_plan.h"
#include "results/outcome.h"

namespace gaikei {

/// Sets status, reason and message of an attempt whose evidence, phases and duration are there. In
/// this order: a server that gave no answer, an answer that nobody can use, what no expectation
/// replaced of "NOERROR with an answer" and "secure", the expectations.
///
/// Every server has to keep to all of it. `results` are those of seen.dns, of each server one, in
/// the same order.
void JudgeDns(const DnsPlan& plan, std::span<const DnsExchangeResult> results,
              const DnsComparison& comparison, Observation& seen);

}  // namespace gaikei
