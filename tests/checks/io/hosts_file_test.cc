#include "checks/io/dns/hosts_file.h"

#include <gtest/gtest.h>

#include "tests/checks/io/no_descriptors.h"
#include "tests/checks/io/temp_file.h"

namespace gaikei::io {
namespace {

TEST(NameServers, AreTheNameserverLinesOfResolvConf) {
  const std::vector<Address> servers = ParseNameServers(
      "# nameserver 192.0.2.1\n;nameserver 192.0.2.2\nnameserver\t192.0.2.3 # one\r\n"
      "nameserver nonsense\n  nameserver 2001:db8::53\nsearch example\nnameserver");
  ASSERT_EQ(servers.size(), 2U);
  EXPECT_EQ(servers[0], *Address::Parse("192.0.2.3", 53));
  EXPECT_EQ(servers[1], *Address::Parse("2001:db8::53", 53));
}

TEST(WatchedFile, IsReadOnceUntilItChanges) {
  const TempFile file;
  file.Write("one");
  WatchedFile watched(file.path());
  EXPECT_EQ(watched.ReadIfChanged(), "one");
  EXPECT_EQ(watched.ReadIfChanged(), std::nullopt);
  file.Write("two");
  EXPECT_EQ(watched.ReadIfChanged(), "two");
  file.Remove();
  EXPECT_EQ(watched.ReadIfChanged(), "");
  EXPECT_EQ(watched.ReadIfChanged(), std::nullopt);
  file.Write("three");
  {
    const NoDescriptors starved;
    EXPECT_EQ(watched.ReadIfChanged(), std::nullopt);
  }
  EXPECT_EQ(watched.ReadIfChanged(), "three");
}

}  // namespace
}  // namespace gaikei::io
