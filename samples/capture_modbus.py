"""capture_modbus.py - a server and a client of Modbus/TCP for capture_databases.sh. Usage: serve ADDRESS, ask ADDRESS."""
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext


def serve(address):
    from pymodbus.device import ModbusDeviceIdentification
    from pymodbus.server import StartTcpServer
    identity = ModbusDeviceIdentification()
    identity.VendorName, identity.ProductCode, identity.MajorMinorRevision = "sample", "S1", "1.0"
    store = ModbusSlaveContext(di=ModbusSequentialDataBlock(0, [1, 0] * 50), co=ModbusSequentialDataBlock(0, [0, 1] * 50),
                               hr=ModbusSequentialDataBlock(0, list(range(100))), ir=ModbusSequentialDataBlock(0, [7] * 100))
    StartTcpServer(context=ModbusServerContext(slaves=store, single=True), identity=identity, address=(address, 502))


def ask(address):
    from pymodbus.client import ModbusTcpClient
    from pymodbus.mei_message import ReadDeviceInformationRequest
    client = ModbusTcpClient(address, port=502)
    client.connect()
    steps = [
        lambda: client.read_coils(0, 10, slave=1), lambda: client.read_discrete_inputs(3, 17, slave=1),
        lambda: client.read_holding_registers(10, 4, slave=1), lambda: client.read_input_registers(0, 2, slave=2),
        lambda: client.write_coil(5, True, slave=1), lambda: client.write_register(20, 1234, slave=1),
        lambda: client.write_coils(0, [True, False, True], slave=1), lambda: client.write_registers(30, [1, 2, 65535], slave=1),
        lambda: client.mask_write_register(20, 0xFFF0, 0x000A, slave=1),
        lambda: client.readwrite_registers(read_address=1, read_count=2, write_address=40, write_registers=[9], slave=1),
        lambda: client.read_holding_registers(5000, 4, slave=1), lambda: client.write_register(9000, 1, slave=1),
        lambda: client.execute(ReadDeviceInformationRequest(slave=1)),
    ]
    for step in steps:
        try:
            step()
        except Exception as error:  # the next step shows more
            print(error, file=sys.stderr)
    client.close()


{"serve": serve, "ask": ask}[sys.argv[1]](sys.argv[2])
