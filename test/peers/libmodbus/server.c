/* A Modbus TCP server on libmodbus, with values that are known. Prints the port it listens on. */

#include <arpa/inet.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A register nobody set holds its own address, so that a wrong address shows up as a wrong number. */
static void fill_with_addresses(uint16_t *registers, int start, int count) {
  for (int index = 0; index < count; index++) registers[index] = (uint16_t)(start + index);
}

/* Bit by bit: on a little-endian machine the library's own setter for this order swaps the bytes of each register. */
static void set_floats(uint16_t *registers, int count, const float *values) {
  for (int row = 0; row < count; row++) {
    uint32_t bits;
    memcpy(&bits, &values[row], sizeof bits);
    MODBUS_SET_INT32_TO_INT16(registers, 2 * row, bits);
  }
}

static void set_int32s(uint16_t *registers, int count, const int32_t *values) {
  for (int row = 0; row < count; row++) MODBUS_SET_INT32_TO_INT16(registers, 2 * row, values[row]);
}

static void set_int64s(uint16_t *registers, int count, const int64_t *values) {
  for (int row = 0; row < count; row++) MODBUS_SET_INT64_TO_INT16(registers, 4 * row, values[row]);
}

/* An Eastron SDM630: input registers, singles. */
static void set_sdm630(uint16_t *input) {
  set_floats(input + 0x0000, 3, (float[]){229.9f, 231.25f, 228.7f});
  set_floats(input + 0x0006, 3, (float[]){12.5f, 0.0f, 3.3f});
  set_floats(input + 0x000C, 3, (float[]){2873.75f, 0.0f, -754.7f});
  set_floats(input + 0x0012, 3, (float[]){2900.5f, 0.0f, 802.25f});
  set_floats(input + 0x0018, 3, (float[]){-393.75f, 0.0f, 271.5f});
  set_floats(input + 0x001E, 3, (float[]){0.991f, 1.0f, -0.941f});
  set_floats(input + 0x0034, 1, (float[]){2119.05f});
  set_floats(input + 0x0038, 1, (float[]){3702.75f});
  set_floats(input + 0x003C, 2, (float[]){-122.25f, 0.572f});
  set_floats(input + 0x0046, 1, (float[]){50.02f});
  set_floats(input + 0x0048, 4, (float[]){987654.3f, 0.5f, 4321.5f, 8.125f});
  set_floats(input + 0x0156, 2, (float[]){987654.8f, 4329.625f});
}

/* An ABB B23: holding registers, scaled integers of 16, 32 and 64 bits. */
static void set_b23(uint16_t *holding) {
  uint16_t *phases = holding + 0x0460, *values = holding + 0x0B00;
  set_int64s(holding, 2, (int64_t[]){9007199254739LL, 1725LL});
  set_int64s(phases, 6, (int64_t[]){3002399751579LL, 3002399751580LL, 3002399751580LL, 1725LL, 0LL, -1LL});
  set_int32s(values + 0x00, 3, (int32_t[]){2299, 2312, 2287});
  set_int32s(values + 0x0C, 3, (int32_t[]){1250, 0, 330});
  set_int32s(values + 0x14, 4, (int32_t[]){211905, 287375, 0, -75470});
  values[0x2C] = 5002;
  values[0x3A] = (uint16_t)-870;
  values[0x3B] = 1000;
  values[0x3C] = (uint16_t)-1;
  values[0x3D] = 0x7FFF;
}

int main(int argc, char **argv) {
  modbus_t *server = modbus_new_tcp("127.0.0.1", argc > 1 ? atoi(argv[1]) : 0);
  modbus_mapping_t *map = modbus_mapping_new_start_address(0, 0, 0, 0, 0x5000, 0x0C00, 0x0000, 0x0400);
  if (server == NULL || map == NULL) return 1;
  fill_with_addresses(map->tab_input_registers, 0x0000, 0x0400);
  fill_with_addresses(map->tab_registers, 0x5000, 0x0C00);
  set_sdm630(map->tab_input_registers);
  set_b23(map->tab_registers);

  int listener = modbus_tcp_listen(server, 4);
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  if (listener < 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0) return 1;
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);

  while (modbus_tcp_accept(server, &listener) >= 0) {
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    int length;
    while ((length = modbus_receive(server, query)) >= 0) {
      if (length > 0) modbus_reply(server, query, length, map);
    }
    modbus_close(server);
  }
  return 0;
}
