/** A Nest application on the Fastify adapter that does nothing: what the framework alone costs. */
import 'reflect-metadata';
import { Body, Controller, Get, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

const ANSWER = { status: 'ok' };

class EmptyController {
  get() {
    return ANSWER;
  }

  post() {
    return ANSWER;
  }
}

/** Decorators by hand: this file runs as it is. */
const decorate = (name, ...decorators) => {
  const descriptor = Object.getOwnPropertyDescriptor(EmptyController.prototype, name);
  for (const decorator of decorators) decorator(EmptyController.prototype, name, descriptor);
};
decorate('get', Get());
decorate('post', Post(), HttpCode(200));
Body()(EmptyController.prototype, 'post', 0);
Controller('empty')(EmptyController);

class EmptyModule {}
Module({ controllers: [EmptyController] })(EmptyModule);

const app = await NestFactory.create(EmptyModule, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
console.log(`ready at ${await app.getUrl()}`);
