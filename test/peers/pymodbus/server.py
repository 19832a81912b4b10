"""
A server that is not ours, with known values, over TCP, over UDP, or of RTU or ASCII, on a network or a serial port.
Prints its port, or where it was told that it is reached.
"""

import asyncio
import sys

from pymodbus.constants import Endian
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.payload import BinaryPayloadBuilder
from pymodbus.server.async_io import ModbusSerialServer, ModbusTcpServer, ModbusUdpServer
from pymodbus.transaction import ModbusAsciiFramer, ModbusRtuFramer, ModbusSocketFramer


def registers(fill):
    """Encodes with pymodbus' own builder, high byte and high word first."""
    builder = BinaryPayloadBuilder(byteorder=Endian.Big, wordorder=Endian.Big)
    fill(builder)
    return builder.to_registers()


def floats(*values):
    return registers(lambda to: [to.add_32bit_float(value) for value in values])


def words64(*values):
    return registers(lambda to: [to.add_64bit_uint(value) for value in values])


FRAMERS = {
    "tcp": ModbusSocketFramer,
    "udp": ModbusSocketFramer,
    "rtu-over-tcp": ModbusRtuFramer,
    "ascii-over-tcp": ModbusAsciiFramer,
    "serial": ModbusRtuFramer,
    "ascii-serial": ModbusAsciiFramer,
}

ABSENT64 = 0xFFFFFFFFFFFFFFFF

# Unit 1, an Eastron SDM630: input registers, singles.
SDM630 = {
    0x0000: floats(230.1, 229.8, 231.4),
    0x0006: floats(5.25, 4.75, 0.125),
    0x000C: floats(1207.5, -310.25, 28.9),
    0x0012: floats(1215.25, 331.5, 29.5),
    0x0018: floats(136.5, -116.75, 6.25),
    0x001E: floats(0.994, -0.936, 0.98),
    0x0034: floats(926.15),
    0x0038: floats(1576.25),
    0x003C: floats(26, 0.588),
    0x0046: floats(49.98),
    0x0048: floats(10234.5, 17.25, 812.5, 3.75),
    0x0156: floats(10251.75, 816.25),
}

# Unit 2, an ABB B23: holding registers, scaled integers of 16, 32 and 64 bits.
B23 = {
    0x5000: words64(123456789012, ABSENT64),
    0x5460: words64(41152263000, 41152263001, 41152263011, ABSENT64, ABSENT64, ABSENT64),
    0x5B00: registers(lambda to: [to.add_32bit_uint(value) for value in (2301, 2298, 2314)]),
    0x5B0C: registers(lambda to: [to.add_32bit_uint(value) for value in (525, 475, 13)]),
    0x5B14: registers(lambda to: [to.add_32bit_int(value) for value in (-92615, 120750, -31025, 2890)]),
    0x5B2C: registers(lambda to: to.add_16bit_uint(4998)),
    0x5B3A: registers(lambda to: [to.add_16bit_int(value) for value in (-985, 998, -1000, 0x7FFF)]),
}


# What it says by function 43/14. The vendor's name and the product code are too long for one answer.
IDENTITY = ModbusDeviceIdentification(info_name={
    "VendorName": "Acme Drives " * 10,
    "ProductCode": "AD-400 " * 18,
    "MajorMinorRevision": "V2.11",
})


def block(table, filled):
    """Answers the whole span a reader may join; a register nobody set holds its own address."""
    values = {address: address for address in filled}
    for address, words in table.items():
        values.update({address + index: word for index, word in enumerate(words)})
    return ModbusSparseDataBlock(values)


async def serve(way, port, where):
    units = {
        1: ModbusSlaveContext(ir=block(SDM630, range(0x0000, 0x0400)), zero_mode=True),
        2: ModbusSlaveContext(hr=block(B23, range(0x5000, 0x5C00)), zero_mode=True),
    }
    context = ModbusServerContext(slaves=units, single=False)
    if way.endswith("serial"):
        line = {"port": port, "baudrate": 115200, "parity": "N", "stopbits": 1, "bytesize": 8}
        server = ModbusSerialServer(context, framer=FRAMERS[way], identity=IDENTITY, **line)
        await server.start()
        print(where, flush=True)
        await server.serve_forever()
        return
    make = ModbusUdpServer if way == "udp" else ModbusTcpServer
    server = make(context, framer=FRAMERS[way], identity=IDENTITY, address=("127.0.0.1", 0))
    serving = asyncio.ensure_future(server.serve_forever())
    await server.serving
    socket = server.protocol.get_extra_info("socket") if way == "udp" else server.server.sockets[0]
    print(socket.getsockname()[1], flush=True)
    await serving


asyncio.run(serve(*sys.argv[1:4]))
