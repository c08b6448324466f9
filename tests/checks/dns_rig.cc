#include "tests/checks/dns_rig.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace gaikei {

expect::Expression ExpectDns(const std::string& text) {
  auto compiled = expect::Expression::Compile(text, "dns");
  if (!compiled) {
    ADD_FAILURE() << text << ": " << compiled.error().message;
    std::abort();
  }
  return *compiled;
}

}  // namespace gaikei
