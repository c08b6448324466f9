#include "checks/io/net/address.h"

#include <gtest/gtest.h>

namespace gaikei::io {
namespace {

TEST(Address, ReadsNumericTextAlone) {
  EXPECT_EQ(Address::Parse("192.0.2.1", 80)->Text(), "192.0.2.1");
  EXPECT_EQ(Address::Parse("2001:DB8:0:0::1", 80)->Text(), "2001:db8::1");
  EXPECT_EQ(Address::Parse("[2001:db8::1]", 80)->Text(), "2001:db8::1");
  EXPECT_EQ(Address::Parse("fe80::1%lo", 80)->Text(), "fe80::1%lo");
  EXPECT_EQ(Address::Parse("fe80::1%1", 80)->Text(), "fe80::1%lo");
  for (const char* text : {"", "localhost", "127.1", "0x7f.0.0.1", "1.2.3.4 ", "192.0.2.1:80",
                           "[192.0.2.1]", "fe80::1%nosuchif", "192.0.2.1%lo", "::1]", "%lo"}) {
    EXPECT_FALSE(Address::Parse(text, 80).has_value()) << text;
  }
}

TEST(Address, KnowsFamilyPortAndEquality) {
  const Address four = *Address::Parse("192.0.2.1", 80);
  const Address six = *Address::Parse("2001:db8::1", 443);
  EXPECT_EQ(four.family(), Family::kIpv4);
  EXPECT_EQ(six.family(), Family::kIpv6);
  EXPECT_EQ(Address{}.family(), Family::kAuto);
  EXPECT_EQ(six.port(), 443);
  EXPECT_EQ(four.WithPort(8080).port(), 8080);
  EXPECT_EQ(six.WithPort(1).Text(), six.Text());
  EXPECT_EQ(four, *Address::Parse("192.0.2.1", 80));
  EXPECT_FALSE(four == four.WithPort(81));
  EXPECT_FALSE(four == six);
  EXPECT_FALSE(*Address::Parse("fe80::1%lo", 1) == *Address::Parse("fe80::1", 1));
}

AddressScope ScopeOfText(const char* text) { return ScopeOf(*Address::Parse(text, 80)); }

class PrivateAddress : public testing::TestWithParam<const char*> {};
TEST_P(PrivateAddress, IsNotPublic) {
  EXPECT_EQ(ScopeOfText(GetParam()), AddressScope::kPrivate) << GetParam();
}
INSTANTIATE_TEST_SUITE_P(
    Ranges, PrivateAddress,
    testing::Values("0.0.0.0", "0.255.255.255", "10.0.0.1", "100.64.0.1", "100.100.100.200",
                    "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
                    "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1",
                    "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7",
                    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1",
                    "::127.0.0.1", "::8.8.8.8", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
                    "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::169.254.169.254",
                    "64:ff9b:1:a9fe:00a9:fe00::", "100::1", "2001::1", "2001:0:1::", "2001:db8::1",
                    "2001:2::1", "2001:20::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1",
                    "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "5f00::1"));

class PublicAddress : public testing::TestWithParam<const char*> {};
TEST_P(PublicAddress, IsPublic) {
  EXPECT_EQ(ScopeOfText(GetParam()), AddressScope::kPublic) << GetParam();
}
INSTANTIATE_TEST_SUITE_P(Ranges, PublicAddress,
                         testing::Values("1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255",
                                         "100.128.0.0", "126.255.255.255", "128.0.0.1",
                                         "169.253.255.255", "172.15.255.255", "172.32.0.0",
                                         "192.0.1.0", "198.17.255.255", "198.20.0.0",
                                         "223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
                                         "64:ff9b:1:808:0008:0800::", "2002:808:808::1",
                                         "2001:4860:4860::8888", "2606:4700::1111"));

TEST(AddressScope, OfNothingIsNotPublic) { EXPECT_EQ(ScopeOf(Address{}), AddressScope::kPrivate); }

}  // namespace
}  // namespace gaikei::io
