"""capture_grpc.py - a gRPC server and its client for the gRPC samples. Messages are written by hand, field by field, so
that no code has to be generated: serve | call"""
import sys
import time
from concurrent import futures

import grpc


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def text(number, value):
    return varint(number << 3 | 2) + varint(len(value)) + value


def number(field, value):
    return varint(field << 3) + varint(value)


INNER = text(1, b"inner") + number(2, 7)
GREETING = text(1, b"hello world") + number(2, 300) + text(3, INNER) + bytes([0x25, 1, 2, 3, 4])


def unary(request, context):
    return text(1, b"reply to ") + request


def fail(request, context):
    context.abort(grpc.StatusCode.NOT_FOUND, "no such greeting: 100% \u00fcnknown")


def slow(request, context):
    time.sleep(2)
    return request


def stream(request, context):
    for i in range(5):
        yield number(1, i) + text(2, b"item" * i)


def collect(requests, context):
    return number(1, sum(len(r) for r in requests))


def chat(requests, context):
    for request in requests:
        yield request + number(9, 1)


class Service(grpc.GenericRpcHandler):
    def service(self, details):
        name = details.method.rsplit("/", 1)[1]
        handlers = {
            "Unary": grpc.unary_unary_rpc_method_handler(unary),
            "Fail": grpc.unary_unary_rpc_method_handler(fail),
            "Slow": grpc.unary_unary_rpc_method_handler(slow),
            "Stream": grpc.unary_stream_rpc_method_handler(stream),
            "Collect": grpc.stream_unary_rpc_method_handler(collect),
            "Chat": grpc.stream_stream_rpc_method_handler(chat),
        }
        return handlers.get(name)


def serve():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    server.add_generic_rpc_handlers((Service(),))
    server.add_insecure_port("10.77.0.2:8085")
    server.start()
    server.wait_for_termination()


def attempt(call, *args, **more):
    try:
        result = call(*args, **more)
        return list(result) if hasattr(result, "__next__") else result
    except grpc.RpcError as error:
        return error.code()


def calls():
    at = "/sample.v1.Greeter/"
    with grpc.insecure_channel("10.77.0.2:8085") as channel:
        attempt(channel.unary_unary(at + "Unary"), GREETING, metadata=[("authorization", "Bearer sample-token")])
        attempt(channel.unary_stream(at + "Stream"), text(1, b"list"))
        attempt(channel.stream_unary(at + "Collect"), iter([GREETING, GREETING * 40, text(1, b"last")]))
        attempt(channel.stream_stream(at + "Chat"), iter([text(1, b"one"), text(1, b"two")]))
        attempt(channel.unary_unary(at + "Fail"), GREETING)
        attempt(channel.unary_unary(at + "Missing"), GREETING)
        attempt(channel.unary_unary(at + "Unary"), GREETING * 60, compression=grpc.Compression.Gzip)
        attempt(channel.unary_unary(at + "Unary"), text(1, b"x" * 70000))
        attempt(channel.unary_unary(at + "Slow"), GREETING, timeout=0.3)


if __name__ == "__main__":
    {"serve": serve, "call": calls}[sys.argv[1]]()
