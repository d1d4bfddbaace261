#include "tls/crypto/ecdsa.h"

#include <nettle/asn1.h>
#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>

#include <gmp.h>

#include <utility>

namespace ut::crypto {
namespace {

const ecc_curve* curve_of(Curve curve) {
  switch (curve) {
    case Curve::p256:
      return nettle_get_secp_256r1();
    case Curve::p384:
      return nettle_get_secp_384r1();
    case Curve::p521:
      return nettle_get_secp_521r1();
  }
  std::unreachable();
}

class Number {
 public:
  explicit Number(ByteView octets) {
    constexpr int kMostSignificantFirst = 1;
    mpz_init(number_);
    mpz_import(number_, octets.size(), kMostSignificantFirst, 1, 0, 0, octets.data());
  }
  ~Number() { mpz_clear(number_); }
  Number(const Number&) = delete;
  Number& operator=(const Number&) = delete;

  mpz_srcptr get() const { return number_; }

 private:
  mpz_t number_;
};

class Point {
 public:
  explicit Point(const ecc_curve* curve) { ecc_point_init(&point_, curve); }
  ~Point() { ecc_point_clear(&point_); }
  Point(const Point&) = delete;
  Point& operator=(const Point&) = delete;

  // False when there is none with these coordinates.
  bool set(ByteView x, ByteView y) {
    return ecc_point_set(&point_, Number(x).get(), Number(y).get()) == 1;
  }
  const ecc_point* get() const { return &point_; }

 private:
  ecc_point point_;
};

bool read_integer(asn1_der_iterator& at, mpz_t to, unsigned bits) {
  return at.type == ASN1_INTEGER && asn1_der_get_bignum(&at, to, bits) == 1;
}

class Signature {
 public:
  Signature() { dsa_signature_init(&numbers_); }
  ~Signature() { dsa_signature_clear(&numbers_); }
  Signature(const Signature&) = delete;
  Signature& operator=(const Signature&) = delete;

  // SEQUENCE { r INTEGER, s INTEGER } and nothing behind it; neither has more than `bits`.
  bool read(ByteView der, unsigned bits) {
    asn1_der_iterator at;
    return asn1_der_iterator_first(&at, der.size(), der.data()) == ASN1_ITERATOR_CONSTRUCTED &&
           at.type == ASN1_SEQUENCE &&
           asn1_der_decode_constructed_last(&at) == ASN1_ITERATOR_PRIMITIVE &&
           read_integer(at, numbers_.r, bits) &&
           asn1_der_iterator_next(&at) == ASN1_ITERATOR_PRIMITIVE &&
           read_integer(at, numbers_.s, bits) && asn1_der_iterator_next(&at) == ASN1_ITERATOR_END;
  }
  const dsa_signature* get() const { return &numbers_; }

 private:
  dsa_signature numbers_;
};

}  // namespace

bool verify_ecdsa(const EcdsaPublicKey& key, ByteView hash, ByteView signature) {
  const ecc_curve* const curve = curve_of(key.curve);
  Point point(curve);
  Signature numbers;
  return point.set(key.x, key.y) && numbers.read(signature, ecc_bit_size(curve)) &&
         ecdsa_verify(point.get(), hash.size(), hash.data(), numbers.get()) == 1;
}

}  // namespace ut::crypto
