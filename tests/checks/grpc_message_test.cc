/// The bytes of a health check: protobuf in a gRPC message, and targets.

#include "checks/grpc/grpc_message.h"

#include <gtest/gtest.h>

#include "checks/grpc/grpc_target.h"

namespace gaikei {
namespace {

using std::string_literals::operator""s;

std::string Read(const std::string& body) {
  const auto status = ReadHealthCheckResponse(body);
  return status ? ServingStatusName(*status)
                : std::string(Name(status.error().reason)) + ": " + status.error().message;
}

TEST(GrpcMessage, AsksForAService) {
  EXPECT_EQ(HealthCheckRequest(""), "\0\0\0\0\0"s);
  EXPECT_EQ(HealthCheckRequest("shop.Cart"), "\0\0\0\0\x0b\x0a\x09shop.Cart"s);
  const std::string long_name(300, 'x');
  EXPECT_EQ(HealthCheckRequest(long_name), "\0\0\0\x01\x2f\x0a\xac\x02"s + long_name);
}

TEST(GrpcMessage, ReadsTheServingStatus) {
  EXPECT_EQ(Read("\0\0\0\0\x02\x08\x01"s), "SERVING");
  EXPECT_EQ(Read("\0\0\0\0\x02\x08\x02"s), "NOT_SERVING");
  EXPECT_EQ(Read("\0\0\0\0\x02\x08\x03"s), "SERVICE_UNKNOWN");
  EXPECT_EQ(Read("\0\0\0\0\x02\x08\x07"s), "7");
  EXPECT_EQ(Read("\0\0\0\0\0"s), "UNKNOWN");  // proto3 does not send what is 0
}

TEST(GrpcMessage, PassesOverFieldsThatItDoesNotKnow) {
  EXPECT_EQ(Read("\0\0\0\0\x06\x12\x02hi\x08\x01"s), "SERVING");
  EXPECT_EQ(Read("\0\0\0\0\x0b\x11"
                 "12345678"
                 "\x08\x01"s),
            "SERVING");
  EXPECT_EQ(Read("\0\0\0\0\x04\x08\x02\x08\x01"s), "SERVING");  // the last one counts
}

TEST(GrpcMessage, RefusesWhatIsNoAnswer) {
  EXPECT_EQ(Read(""), "protocol_error: grpc-status 0, and no message");
  EXPECT_EQ(Read("\0\0\0"s), "protocol_error: 3 bytes, which is less than a message begins with");
  EXPECT_EQ(Read("\0\0\0\0\x09\x08\x01"s),
            "protocol_error: a message that says it has 9 bytes, and 2 came");
  EXPECT_EQ(Read("\0\0\0\0\x01\x08\x01"s),
            "protocol_error: a message that says it has 1 bytes, and 2 came");
  EXPECT_EQ(Read("\0\xff\xff\xff\xff\x08\x01"s),
            "too_large: a message of 4294967295 bytes; at most 65536 are read");
  EXPECT_EQ(Read("\x01\0\0\0\x02\x08\x01"s),
            "protocol_error: a compressed message, though no compression was asked for");
  EXPECT_EQ(Read("\x02\0\0\0\x02\x08\x01"s), "protocol_error: a message whose first byte is 2");
  const std::string no_protobuf = "protocol_error: a message that is no HealthCheckResponse";
  EXPECT_EQ(Read("\0\0\0\0\x01\x08"s), no_protobuf);      // cut
  EXPECT_EQ(Read("\0\0\0\0\x02\x0a\x05"s), no_protobuf);  // the wrong type
  EXPECT_EQ(Read("\0\0\0\0\x02\x12\x7f"s), no_protobuf);  // longer than there is
  EXPECT_EQ(Read("\0\0\0\0\x02\x13\x14"s), no_protobuf);  // a group
  EXPECT_EQ(Read("\0\0\0\0\x02\x00\x01"s), no_protobuf);  // field 0
  EXPECT_EQ(Read("\0\0\0\0\x0c\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s), no_protobuf);
}

TEST(GrpcMessage, NamesStatusCodes) {
  EXPECT_EQ(GrpcStatusName(0), "OK");
  EXPECT_EQ(GrpcStatusName(16), "UNAUTHENTICATED");
  EXPECT_EQ(GrpcStatusName(17), "UNRECOGNISED");
}

std::string Target(std::string_view text) {
  const auto target = ParseGrpcTarget(text);
  if (!target) return target.error();
  return target->endpoint.host + " " + std::to_string(target->endpoint.port) +
         (target->is_tls ? " tls" : "") + " \"" + target->service + "\"";
}

TEST(GrpcTarget, IsAHostAPortAndAService) {
  EXPECT_EQ(Target("grpc://shop.example:50051"), "shop.example 50051 \"\"");
  EXPECT_EQ(Target("grpc://shop.example:50051/"), "shop.example 50051 \"\"");
  EXPECT_EQ(Target("grpc://[::1]:50051/shop.Cart"), "::1 50051 \"shop.Cart\"");
  EXPECT_EQ(Target("GRPCS://shop.example/shop/a%20b"), "shop.example 443 tls \"shop/a b\"");
}

TEST(GrpcTarget, RefusesWhatIsNone) {
  EXPECT_EQ(Target("grpc://shop.example"), "the target has no port; write grpc://host:port");
  EXPECT_EQ(Target("grpc://shop.example:0/x"), "the port is not a number from 1 to 65535");
  EXPECT_EQ(Target("grpcs://"), "no host in the target");
  EXPECT_EQ(Target("grpcs://a?b"), "the target takes no query");
  EXPECT_EQ(Target("grpcs://a/b#c"), "the target takes no fragment");
  EXPECT_EQ(Target("grpcs://a/b%"),
            "the service has a % that two hexadecimal digits do not follow");
  EXPECT_EQ(Target("grpcs://a/b%00"), "the service has control characters");
}

}  // namespace
}  // namespace gaikei
